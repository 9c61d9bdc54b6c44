import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "@bufbuild/protobuf";
import { type ServerOptions, startServer } from "@vecstore/server";
import { type CallOptions, doorNamed } from "./doors.js";
import type { Target } from "./http.js";
import { methodOf } from "./schema.js";

const CERTIFICATES = new URL("../../../packages/server/src/testing/tls/", import.meta.url);
/** The path of one of the server's test certificates. */
export const certificateFile = (name: string): string => fileURLToPath(new URL(name, CERTIFICATES));

/** Settings of a server that speaks TLS, with the certificate of the server's own tests. */
export const TLS = { tlsCert: certificateFile("server.pem"), tlsKey: certificateFile("server.key") };

/** The authority of that certificate, as a file and as bytes, and a client's certificate that it signed. */
export const TLS_CLIENT = {
  caFile: certificateFile("ca.pem"),
  ca: readFileSync(certificateFile("ca.pem")),
  cert: readFileSync(certificateFile("client.pem")),
  key: readFileSync(certificateFile("client.key")),
};

/** Both authorities of the server's test certificates. */
export const TLS_BOTH_CAS = Buffer.concat([TLS_CLIENT.ca, readFileSync(certificateFile("next-ca.pem"))]);

/** A server in this process, on a free loopback port, over a directory of its own. */
export interface TestServer extends Target {
  readonly port: number;
  /** What it logged, parsed. */
  readonly logged: readonly Record<string, unknown>[];
  /** Calls an RPC that must succeed, by Connect. @throws Error with the outcome when it does not */
  ask(method: string, request: JsonObject, options?: CallOptions): Promise<JsonObject>;
  /** Drains, and removes the directory. */
  stop(): Promise<void>;
}

/** Starts a server that is ready; it syncs nothing and builds no indexes, so that tests are fast. */
export async function startTestServer(options: ServerOptions = {}): Promise<TestServer> {
  const data = await mkdtemp(join(tmpdir(), "vecstore-e2e-"));
  const logged: Record<string, unknown>[] = [];
  const server = await startServer({
    listen: [{ host: "127.0.0.1", port: 0 }],
    data,
    threads: 0,
    fsync: "never",
    drainTimeoutMs: 1_000,
    logSink: { write: (line) => void logged.push(JSON.parse(line)) },
    ...options,
  });
  const port = server.ports[0]!;
  const isTls = options.tlsCert !== undefined;
  const target: Target = isTls
    ? { url: `https://localhost:${port}`, ca: TLS_CLIENT.ca }
    : { url: `http://127.0.0.1:${port}` };
  return {
    ...target,
    port,
    logged,
    ask: (method, request, callOptions) => ask(target, method, request, callOptions),
    async stop() {
      await server.close();
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** Calls an RPC that must succeed, by Connect. @throws Error with the outcome when it does not */
export async function ask(
  target: Target,
  method: string,
  request: JsonObject,
  options?: CallOptions,
): Promise<JsonObject> {
  const outcome = await doorNamed("Connect, protobuf").call(target, methodOf(method), request, options);
  if (!outcome.ok) throw new Error(`${method}: ${JSON.stringify(outcome)}`);
  return outcome.message;
}

/** Reads one metric's value, the sum over the series whose labels hold all of `labels`. */
export async function readMetric(
  page: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return page
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => wanted.every((each) => line.includes(each)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

/** Waits until `look` answers something else than undefined or false. @throws Error when that takes too long */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = UNTIL_MS,
) {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

const UNTIL_MS = 20_000;
const POLL_MS = 10;
