import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { type RunningServer, type ServerOptions, startServer } from "../main.js";
import { TEST_TLS } from "./tls.js";

/** A server on a free loopback port with a directory of its own. */
export interface TestServer extends RunningServer {
  readonly port: number;
  readonly url: string;
  /** What it logged, parsed. */
  readonly logged: Record<string, unknown>[];
}

const running: { readonly close: () => Promise<void>; readonly data: string }[] = [];

/** Starts a server; `stopTestServers` ends it. */
export async function startTestServer(options: ServerOptions = {}): Promise<TestServer> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), "vecstore-server-")));
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
  running.push({ close: server.close, data });
  const port = server.ports[0] as number;
  const scheme = options.tlsCert === undefined ? "http" : "https";
  return { ...server, port, url: `${scheme}://127.0.0.1:${port}`, logged };
}

/** For `afterEach`: ends every server and removes its directory. */
export async function stopTestServers(): Promise<void> {
  const ended = running.splice(0);
  await Promise.all(ended.map(({ close }) => close()));
  // Only now: two of them may have had one directory, one after the other.
  for (const { data } of ended) await rm(data, { recursive: true, force: true });
}

/** A transport of each protocol, over HTTP/2 where it must and HTTP/1.1 where it may. */
export function transportsOf(baseUrl: string) {
  const nodeOptions = { ca: TEST_TLS.ca };
  return {
    connect: createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions }),
    "connect over HTTP/2": createConnectTransport({ baseUrl, httpVersion: "2", nodeOptions }),
    "connect JSON": createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false, nodeOptions }),
    grpc: createGrpcTransport({ baseUrl, nodeOptions }),
    "grpc-web": createGrpcWebTransport({ baseUrl, httpVersion: "1.1", nodeOptions }),
  };
}

/** Names of `transportsOf`. */
export type TransportName = keyof ReturnType<typeof transportsOf>;

/** Every transport's name, for tables. */
export const TRANSPORTS: readonly TransportName[] = [
  "connect",
  "connect over HTTP/2",
  "connect JSON",
  "grpc",
  "grpc-web",
];

/** Paths of the test certificates, as settings. */
export function testTlsSettings() {
  const path = (name: string) => new URL(`./tls/${name}`, import.meta.url).pathname;
  return { tlsCert: path("server.pem"), tlsKey: path("server.key"), tlsClientCa: path("ca.pem") };
}
