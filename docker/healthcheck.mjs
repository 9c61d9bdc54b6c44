// The health check of the image: exits with 0 when /health answers 200. It says that the process runs, not that it is
// ready, because who restarts unhealthy containers must not restart one that recovers or whose disk is full.
import { get } from "node:http";

/** /health answers in clear text on a port that speaks TLS too. */
const address = process.env.VECSTORE_HTTP || ":8080";
const at = address.lastIndexOf(":");
const host = address.slice(0, at).replace(/^\[(.*)\]$/, "$1");
/** An address of every interface is reached by loopback. */
const hostname = ["", "0.0.0.0", "::"].includes(host) ? "127.0.0.1" : host;

const request = get({ hostname, port: address.slice(at + 1), path: "/health", agent: false, timeout: 3_000 });
const end = (message) => {
  if (message !== undefined) process.stderr.write(`${message}\n`);
  process.exit(message === undefined ? 0 : 1);
};
request.on("response", ({ statusCode }) => end(statusCode === 200 ? undefined : `/health answered ${statusCode}`));
request.on("timeout", () => end("/health did not answer within 3 s"));
request.on("error", ({ message }) => end(message));
