import * as http from "node:http";
import * as https from "node:https";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { invalidArgument } from "./errors.js";
import type { Protocol, TlsOptions } from "./options.js";
import type { Connection } from "./session.js";

/** Largest answer that is read: 1,000 hits with vectors of 65,535 dimensions as repeated floats. */
const READ_BYTES_MAX = 256 * 1024 * 1024;

/** An HTTP/2 connection that is idle this long is closed before a middlebox forgets it in silence. */
const IDLE_CONNECTION_MS = 60_000;

/** Vectors hardly compress: what is saved on the wire is paid many times over in CPU. */
const acceptCompression: [] = [];

/**
 * Makes a connection over Node's http, https or http2.
 *
 * @throws VecStoreError INVALID_ARGUMENT for an unknown protocol, or TLS options with a clear-text address
 */
export function nodeConnection(baseUrl: string, protocol: Protocol, tls: TlsOptions | undefined): Connection {
  const secure = baseUrl.startsWith("https:");
  if (tls !== undefined && !secure) throw invalidArgument(`tls needs an https:// address; the address is ${baseUrl}`);
  const common = { baseUrl, acceptCompression, readMaxBytes: READ_BYTES_MAX };
  if (protocol === "grpc") return http2Connection(common, tls);
  const agent = secure ? new NoDelayHttpsAgent({ keepAlive: true, ...toNodeTls(tls) }) : keepAliveAgent();
  const options = { ...common, httpVersion: "1.1", nodeOptions: { agent } } as const;
  // HTTP/1.1 has no streams in both directions at once: for those another connection is made when one is needed.
  const second = lazily(() => http2Connection(common, tls));
  const close = () => {
    agent.destroy();
    second.made?.close();
  };
  const duplex = () => second.get().transport;
  switch (protocol) {
    case "connect":
      return { transport: createConnectTransport(options), duplex, close };
    case "grpc-web":
      return { transport: createGrpcWebTransport(options), duplex, close };
    default:
      throw invalidArgument(`protocol is ${JSON.stringify(protocol)}; use connect, grpc or grpc-web`);
  }
}

type CommonOptions = { baseUrl: string; acceptCompression: []; readMaxBytes: number };

function http2Connection(common: CommonOptions, tls: TlsOptions | undefined): Connection {
  const keepAlive = { idleConnectionTimeoutMs: IDLE_CONNECTION_MS };
  const sessionManager = new Http2SessionManager(common.baseUrl, keepAlive, toNodeTls(tls));
  const transport = createGrpcTransport({ ...common, sessionManager });
  return { transport, duplex: () => transport, close: () => sessionManager.abort() };
}

/** Makes something when it is first asked for. */
function lazily<T>(make: () => T): { readonly made: T | undefined; get(): T } {
  let made: T | undefined;
  return {
    get made() {
      return made;
    },
    get() {
      made ??= make();
      return made;
    },
  };
}

function keepAliveAgent(): http.Agent {
  return new http.Agent({ keepAlive: true, noDelay: true });
}

/** An agent whose sockets send at once. Over TLS the option `noDelay` is lost, and each call would wait 44 ms. */
class NoDelayHttpsAgent extends https.Agent {
  override createConnection(...connect: Parameters<https.Agent["createConnection"]>): Duplex | null | undefined {
    const socket = super.createConnection(...connect);
    (socket as TLSSocket | undefined)?.setNoDelay(true);
    return socket;
  }
}

function toNodeTls(tls: TlsOptions | undefined) {
  if (tls === undefined) return {};
  const toPem = (pem: string | Uint8Array | undefined) => (pem instanceof Uint8Array ? Buffer.from(pem) : pem);
  const files = { ca: toPem(tls.ca), cert: toPem(tls.cert), key: toPem(tls.key) };
  const given = Object.entries(files).filter(([, pem]) => pem !== undefined);
  return { ...Object.fromEntries(given), rejectUnauthorized: !tls.insecure };
}
