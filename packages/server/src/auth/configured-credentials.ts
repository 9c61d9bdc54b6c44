import type { ConfiguredKey } from "../config/configured-keys.js";
import { ConfigError } from "../config/kinds.js";
import { Credential } from "./credential.js";
import { digestOf } from "./keys.js";

/**
 * The credentials of a configuration: the admin's key, which may be absent, and the keys that it names.
 *
 * @param env  environment variables; a key in one may be any text
 * @throws ConfigError when the variable of a key is not set: a server must not start with fewer keys than it was told
 */
export function configuredCredentials(
  adminKey: string | undefined,
  keys: readonly ConfiguredKey[],
  env: Readonly<Record<string, string | undefined>>,
): readonly Credential[] {
  const named = keys.map((key) => {
    const { name, role, namespaces } = key;
    return new Credential({ id: name, role, namespaces, digest: digestOfKey(key, env) });
  });
  if (!adminKey) return named;
  return [new Credential({ id: "admin", role: "admin", namespaces: [], digest: digestOf(adminKey) }), ...named];
}

function digestOfKey(
  { name, sha256, env: variable }: ConfiguredKey,
  env: Readonly<Record<string, string | undefined>>,
): Buffer {
  if (sha256 !== undefined) return Buffer.from(sha256, "hex");
  const key = env[variable ?? ""];
  if (key) return digestOf(key);
  throw new ConfigError(`auth.keys: the environment variable ${variable} of the key ${name} is not set or empty`);
}
