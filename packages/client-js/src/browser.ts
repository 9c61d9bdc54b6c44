/**
 * The client in browsers, workers and edge runtimes. A bundler for browsers takes it for `@vecstore/client`, too.
 *
 * @module @vecstore/client/browser
 */

import type { AdminClient } from "./admin-client.js";
import { ClientCore } from "./client.js";
import { invalidArgument } from "./errors.js";
import type { Metadata } from "./model/metadata.js";
import { type BrowserClientOptions, toSettings } from "./options.js";
import { Session } from "./session.js";
import { webConnection } from "./transport-web.js";

export * from "./public.js";

/**
 * A client for browsers and edge runtimes: everything that Node's has, over fetch.
 *
 * @example
 * const client = new VecStoreClient("https://vectors.example.com", { apiKey });
 * const results = await client.query([0.1, 0.2, 0.3], { limit: 10 });
 */
export class VecStoreClient<M extends object = Metadata> extends ClientCore<M> {
  /**
   * @param address  `host:port` and `http://` are clear text, `https://` is TLS. Default: where the page came from
   * @throws VecStoreError INVALID_ARGUMENT when an option is out of range, or exists in Node only
   */
  constructor(address?: string, options: BrowserClientOptions = {}) {
    for (const name of ["tls", "userAgent"]) {
      if (name in options)
        throw invalidArgument(`the option ${name} works in Node only; a browser decides that itself`);
    }
    const settings = toSettings(address ?? pageOrigin(), options);
    const connection = webConnection(settings.url, options.protocol ?? "connect", options.fetch);
    super(new Session(settings, connection), settings.namespace);
  }
}

/**
 * Makes a client for what an admin does: namespaces, their quotas and usage, and keys. A page must ask its user for the key.
 *
 * @param address  as that of `VecStoreClient`
 * @throws VecStoreError INVALID_ARGUMENT when an option is out of range, or exists in Node only
 */
export function createAdminClient(address?: string, options: BrowserClientOptions = {}): AdminClient {
  return new VecStoreClient(address, options);
}

function pageOrigin(): string {
  const origin = globalThis.location?.origin;
  if (!origin || origin === "null") throw invalidArgument("there is no page to take the address from; give one");
  return origin;
}
