import { refusal } from "../errors.js";
import type { NodeRequest } from "../node-http.js";

/** What ends a host in an address: with one of them the text says more than where. */
const NOT_OF_HOSTS = /[\s/?#@\\]/;

/**
 * Refuses a request that does not say which host it is for, as RFC 9112, section 3.2, wants it. Connect makes an address of
 * the host, and takes one that does not parse for a fault of ours.
 *
 * @throws ConnectError INVALID_ARGUMENT
 */
export function validateHost(request: NodeRequest): void {
  const host = "authority" in request ? (request.authority as string | undefined) : request.headers.host;
  if (host === undefined) throw refusal("INVALID_ARGUMENT", "the request names no host; send the header Host");
  if (NOT_OF_HOSTS.test(host) || !URL.canParse(`http://${host}`)) {
    throw refusal("INVALID_ARGUMENT", `the host ${JSON.stringify(host.slice(0, 255))} is not a host; send name:port`);
  }
}
