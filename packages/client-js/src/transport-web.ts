import { invalidArgument } from "./errors.js";
import type { Protocol } from "./options.js";
import { connectTransport } from "./protocol/connect.js";
import { sendByFetch } from "./protocol/fetch.js";
import { grpcTransport } from "./protocol/grpc.js";
import type { Connection } from "./session.js";

/**
 * Makes a connection over fetch, as browsers and edge runtimes have it.
 *
 * @param fetch  used instead of the global one
 * @throws VecStoreError INVALID_ARGUMENT for `grpc`, which fetch cannot carry
 */
export function webConnection(
  baseUrl: string,
  protocol: Protocol,
  fetch: typeof globalThis.fetch | undefined,
): Connection {
  const send = sendByFetch(baseUrl, fetch);
  switch (protocol) {
    case "connect":
      return { transport: connectTransport(send), close: () => {} };
    case "grpc-web":
      return { transport: grpcTransport(send, "grpc-web"), close: () => {} };
    default:
      throw invalidArgument(`protocol is ${JSON.stringify(protocol)}; over fetch use connect or grpc-web`);
  }
}
