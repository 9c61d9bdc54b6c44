import type { ImportTable } from "./import-table.js";

/** `docs/ARCHITECTURE.md` shows the same table. */
export const ENGINE: ImportTable = {
  folder: "packages/engine",
  lines: [
    ["index", "testing"],
    ["check-data-directory"],
    ["namespaced-vecstore"],
    ["vecstore"],
    ["vecstore-access"],
    ["vecstore-queries", "vecstore-writes", "vecstore-stats"],
    ["directory/"],
    ["query/", "state/"],
    ["segment/"],
    ["index/", "filter/", "text/", "sparse/"],
    ["metadata/", "postings/"],
    ["core/", "log/"],
    ["storage/"],
    ["errors", "limits", "gen/", "model/"],
  ],
  exceptions: [
    {
      from: "model/",
      to: "storage/env",
      typeOnly: true,
      reason: "the option `env` has the type of the door to the disk",
    },
    {
      from: "model/",
      to: "errors",
      typeOnly: true,
      reason: "a row that was not written has its error",
    },
  ],
  packages: [
    { name: "@bufbuild/protobuf", rooms: ["gen/", "log/", "storage/"] },
    { name: "stemmer", rooms: ["text/"] },
    // A subpath of the package itself: the file system in Node, memory in a browser.
    { name: "#default-env", rooms: ["directory/", "check-data-directory"] },
  ],
  // The worker's entry runs in Node only: it is bundled into a string that core/ starts.
  node: { statically: ["storage/node-env*", "core/worker-main"], dynamically: ["core/"] },
};

/** The server: the process from its command down to its settings. */
export const SERVER: ImportTable = {
  folder: "packages/server",
  lines: [
    ["index"],
    ["main"],
    ["cli/"],
    ["routes"],
    ["websocket/"],
    ["lane/", "http/"],
    ["rpc/", "interceptors/"],
    ["rpc/convert/", "begin-call"],
    ["observability/", "unimplemented"],
    ["call"],
    ["auth/", "quota/", "cache/"],
    ["readiness"],
    ["errors", "listener", "lifecycle"],
    ["config"],
    ["listener/"],
    ["config/", "node-http", "clip", "maybe"],
    ["gen/"],
  ],
  exceptions: [],
  packages: [
    {
      name: "@vecstore/engine",
      rooms: [
        "rpc/",
        "lane/",
        "http/",
        "main",
        "cli/",
        "readiness", // asks it a query
        "errors", // maps its reasons to wire codes
        "observability/engine-events", // names the type of its events
      ],
    },
    { name: "@vecstore/client", rooms: ["cli/"] },
    { name: "hyparquet", rooms: ["cli/"] },
    { name: "hyparquet-writer", rooms: ["cli/"] },
    { name: "pino", rooms: ["observability/"] },
    { name: "prom-client", rooms: ["observability/"] },
    { name: "@opentelemetry/", rooms: ["observability/"] },
    { name: "ws", rooms: ["websocket/"] },
    { name: "yaml", rooms: ["config", "config/"] },
    { name: "lru-cache", rooms: ["cache/"] },
    { name: "@bufbuild/protobuf", rooms: "all" },
    { name: "@connectrpc/connect", rooms: "all" },
    { name: "@connectrpc/connect-node", rooms: "all" },
  ],
};

/** The JavaScript client; it imports nothing of the repository. */
export const CLIENT: ImportTable = {
  folder: "packages/client-js",
  lines: [
    ["index", "browser"],
    ["public"],
    ["admin-client"],
    ["client"],
    ["api-keys"],
    ["namespace-handle"],
    ["export-stream", "import-records", "query-stream", "upsert-all", "transport-node", "transport-web"],
    ["record-batches", "reconnection"],
    ["session"],
    ["options"],
    ["convert/", "retry"],
    ["clock"],
    ["protocol/"],
    ["filter-builder", "errors", "idempotency", "call-span"],
    ["model/", "version"],
    ["gen/"],
    ["wire/"],
  ],
  exceptions: [
    {
      from: "model/",
      to: "errors",
      typeOnly: true,
      reason: "a record that was not imported has the reason of its error",
    },
  ],
  // None: it is whole by itself, in Node and in browsers.
  packages: [],
};
