import { readFileSync } from "node:fs";
import type { ClientOptions, VecStoreClient } from "@vecstore/client";
import { ConfigError } from "../../config.js";
import type { ServerFlags } from "./server-flags.js";
import type { Env } from "./spec.js";

/** Where a server listens when nobody says otherwise. */
const ADDRESS_ABSENT = "localhost:8080";

/**
 * A client of the server that the flags name, or else the variables VECSTORE_URL and VECSTORE_API_KEY. It connects with its first
 * call; the caller closes it.
 *
 * @param more  options that no flag has
 * @throws ConfigError when the address or a TLS flag makes no sense
 */
export async function openClient(flags: ServerFlags, env: Env, more: ClientOptions = {}): Promise<VecStoreClient> {
  const { "tls-ca": ca, "tls-cert": cert, "tls-key": key, namespace } = flags;
  const files = Object.entries({ ca, cert, key }).filter(([, path]) => path !== undefined);
  const tls = Object.fromEntries(files.map(([name, path]) => [name, readFileSync(path as string)]));
  const apiKey = flags["api-key"] ?? (env.VECSTORE_API_KEY || undefined);
  const options = {
    ...more,
    ...(apiKey !== undefined && { apiKey }),
    ...(namespace !== undefined && { namespace }),
    ...(files.length > 0 && { tls }),
  };
  // Only now: the server's own start does without the client.
  const { VecStoreClient } = await import("@vecstore/client");
  try {
    return new VecStoreClient(addressOf(flags, env), options);
  } catch (error) {
    throw new ConfigError((error as Error).message);
  }
}

/** The address that such a client talks to, as it was given. */
export function addressOf(flags: ServerFlags, env: Env): string {
  return flags.url ?? (env.VECSTORE_URL || ADDRESS_ABSENT);
}

/** Runs `use` with such a client, and closes it. */
export async function withClient<T>(
  flags: ServerFlags,
  env: Env,
  use: (client: VecStoreClient) => Promise<T>,
  more: ClientOptions = {},
): Promise<T> {
  const client = await openClient(flags, env, more);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}
