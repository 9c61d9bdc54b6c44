import * as http from "node:http";
import * as https from "node:https";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { invalidArgument } from "./errors.js";
import type { Protocol, TlsOptions } from "./options.js";
import { connectTransport } from "./protocol/connect.js";
import { grpcTransport } from "./protocol/grpc.js";
import { sendByHttp1 } from "./protocol/node-http1.js";
import { sendByHttp2 } from "./protocol/node-http2.js";
import type { Connection } from "./session.js";

/**
 * Makes a connection over Node's http, https or http2.
 *
 * @throws VecStoreError INVALID_ARGUMENT for an unknown protocol, or TLS options with a clear-text address
 */
export function nodeConnection(baseUrl: string, protocol: Protocol, tls: TlsOptions | undefined): Connection {
  const secure = baseUrl.startsWith("https:");
  if (tls !== undefined && !secure) throw invalidArgument(`tls needs an https:// address; the address is ${baseUrl}`);
  if (protocol === "grpc") return http2Connection(baseUrl, tls);
  const agent = secure ? new NoDelayHttpsAgent({ keepAlive: true, ...toNodeTls(tls) }) : keepAliveAgent();
  const send = sendByHttp1(baseUrl, agent);
  // HTTP/1.1 has no streams in both directions at once: for those another connection is made when one is needed.
  const second = lazily(() => http2Connection(baseUrl, tls));
  const close = () => {
    agent.destroy();
    second.made?.close();
  };
  const duplex = () => second.get().transport;
  switch (protocol) {
    case "connect":
      return { transport: connectTransport(send), duplex, close };
    case "grpc-web":
      return { transport: grpcTransport(send, "grpc-web"), duplex, close };
    default:
      throw invalidArgument(`protocol is ${JSON.stringify(protocol)}; use connect, grpc or grpc-web`);
  }
}

function http2Connection(baseUrl: string, tls: TlsOptions | undefined): Connection {
  const { send, close } = sendByHttp2(baseUrl, toNodeTls(tls));
  const transport = grpcTransport(send, "grpc");
  return { transport, duplex: () => transport, close };
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
