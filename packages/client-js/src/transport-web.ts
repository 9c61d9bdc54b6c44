import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { invalidArgument } from "./errors.js";
import type { Protocol } from "./options.js";
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
  const options = { baseUrl, useBinaryFormat: true, fetch };
  switch (protocol) {
    case "connect":
      return { transport: createConnectTransport(options), close: () => {} };
    case "grpc-web":
      return { transport: createGrpcWebTransport(options), close: () => {} };
    default:
      throw invalidArgument(`protocol is ${JSON.stringify(protocol)}; over fetch use connect or grpc-web`);
  }
}
