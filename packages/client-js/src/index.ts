/**
 * The client in Node, Bun and Deno.
 *
 * @module @vecstore/client
 */

import type { AdminClient } from "./admin-client.js";
import { ClientCore } from "./client.js";
import { invalidArgument } from "./errors.js";
import type { Metadata } from "./model/metadata.js";
import { type ClientOptions, toSettings, USER_AGENT } from "./options.js";
import { type Connection, Session } from "./session.js";
import { nodeConnection } from "./transport-node.js";
import { webConnection } from "./transport-web.js";

export * from "./public.js";

/** Where a server listens when nobody says otherwise. */
const ADDRESS_ABSENT = "localhost:8080";

/**
 * A client for Node.
 *
 * @example
 * const client = new VecStoreClient("localhost:8080");
 * const results = await client.query([0.1, 0.2, 0.3], { limit: 10 });
 */
export class VecStoreClient<M extends object = Metadata> extends ClientCore<M> {
  /**
   * @param address  `host:port` and `http://` are clear text, `https://` is TLS. Default: the environment variable
   *                 VECSTORE_URL, else localhost:8080
   * @param options  `apiKey` is read from VECSTORE_API_KEY when it is absent
   * @throws VecStoreError INVALID_ARGUMENT when an option is out of range
   */
  constructor(address?: string, options: ClientOptions = {}) {
    const settings = toSettings(address ?? environment("VECSTORE_URL") ?? ADDRESS_ABSENT, {
      ...options,
      apiKey: options.apiKey ?? environment("VECSTORE_API_KEY"),
      protocol: undefined,
    });
    if (!settings.headers.has("user-agent")) settings.headers.set("user-agent", options.userAgent ?? USER_AGENT);
    super(new Session(settings, connect(settings.url, options)), settings.namespace);
  }
}

/**
 * Makes a client for what an admin does: namespaces, their quotas and usage, and keys.
 *
 * @param address  as that of `VecStoreClient`
 * @param options  `apiKey` is read from VECSTORE_ADMIN_KEY when it is absent, else from VECSTORE_API_KEY
 * @throws VecStoreError INVALID_ARGUMENT when an option is out of range
 */
export function createAdminClient(address?: string, options: ClientOptions = {}): AdminClient {
  return new VecStoreClient(address, { ...options, apiKey: options.apiKey ?? environment("VECSTORE_ADMIN_KEY") });
}

function connect(url: string, options: ClientOptions): Connection {
  const { protocol = "connect", fetch, tls } = options;
  if (fetch === undefined) return nodeConnection(url, protocol, tls);
  if (tls !== undefined) throw invalidArgument("tls does not go together with fetch; set up TLS in that fetch");
  return webConnection(url, protocol, fetch);
}

/** Reads a variable; one that is empty counts as absent. */
function environment(name: string): string | undefined {
  return process.env[name] || undefined;
}
