import type { Credential } from "./credential.js";
import { digestOf, idOf, isSameDigest } from "./keys.js";
import { KEY_LIMITS } from "./limits.js";

/** Finds whose key it is. */
export interface Keyring {
  /** The credential of a key, also of one that ended; undefined when the key is unknown. */
  find(key: string): Credential | undefined;
}

/** Compared with where there is no key, so that this takes as long. No text has it as its SHA-256, as far as anybody knows. */
const NO_DIGEST = Buffer.alloc(32);

/**
 * Looks a key up.
 *
 * A key of ours names its id, which is no secret, so one digest is compared for it; of those of the configuration, which are few
 * and any text, all are. Both take the same time whether they agree or not.
 *
 * @param configured  credentials of the configuration
 * @param stored      credentials of the key file, by id
 * Cost: one SHA-256 of at most 512 characters, and a comparison for each configured key.
 */
export function findCredential(
  key: string,
  configured: readonly Credential[],
  stored: ReadonlyMap<string, Credential>,
): Credential | undefined {
  if (key.length > KEY_LIMITS.keyCharsMax) return undefined;
  const digest = digestOf(key);
  let found: Credential | undefined;
  for (const each of configured) {
    if (isSameDigest(each.digest, digest)) found = each;
  }
  const named = stored.get(idOf(key) ?? "");
  const isNamed = isSameDigest(named?.digest ?? NO_DIGEST, digest);
  return found ?? (isNamed ? named : undefined);
}
