# The server in a container:
#
#   docker build -t vecstore/vecstore:latest .
#   docker run -p 50051:50051 -p 8080:8080 -v $(pwd)/data:/data vecstore/vecstore:latest
#
# test/deploy/image.test.ts reads these steps, runs them in a root of its own and starts the process there.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
# Packages before sources, so that a change of a source does not fetch them again.
COPY package.json package-lock.json .npmrc ./
COPY packages/engine/package.json packages/engine/
COPY packages/server/package.json packages/server/
COPY packages/client-js/package.json packages/client-js/
COPY test/package.json test/
RUN npm ci --ignore-scripts
COPY tsconfig.base.json turbo.json ./
COPY scripts/turbo.mjs scripts/
COPY packages packages
RUN npm run build -- --filter=@vecstore/server
# What runs needs: no tools, no sources.
RUN npm ci --ignore-scripts --omit=dev --workspace=@vecstore/server \
 && rm -rf packages/*/src packages/*/assembly packages/*/tsconfig*.json packages/*/typedoc.json packages/*/.turbo

FROM node:24.21.0-bookworm-slim
LABEL org.opencontainers.image.title="vecstore" \
      org.opencontainers.image.description="A vector database: gRPC, gRPC-Web, Connect and REST on every port" \
      org.opencontainers.image.licenses="Apache-2.0"
# Settings as variables, so that flags after the image's name win over them. `docker stop` waits 10 s before it kills.
ENV NODE_ENV=production \
    VECSTORE_GRPC=:50051 \
    VECSTORE_HTTP=:8080 \
    VECSTORE_DATA=/data \
    VECSTORE_DRAIN_TIMEOUT=7s
WORKDIR /app
COPY LICENSE ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/packages packages
COPY docker docker
# A new volume takes its owner from here.
RUN mkdir /data && chown node:node /data
VOLUME /data
EXPOSE 50051 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["node", "/app/docker/healthcheck.mjs"]
# No USER here, and yet the server never runs as root: a folder that `docker run -v` makes belongs to root, so the entry
# point hands it over and gives root up for good before it starts the server. `--user 1000:1000` skips that.
ENTRYPOINT ["/app/docker/entrypoint.sh"]
CMD ["serve"]
