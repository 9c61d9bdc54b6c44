import { refusal } from "../errors.js";
import { KEY_LIMITS } from "./limits.js";
import { isBound, type Role } from "./roles.js";

/** A key to make. */
export interface NewKey {
  readonly name: string;
  readonly role: Role;
  readonly namespaces: readonly string[];
  /** Milliseconds since 1970. */
  readonly expiresAtMs?: number | undefined;
}

/** The last time that a Timestamp can say, the end of the year 9999. */
const TIME_MS_MAX = 253_402_300_799_999;

/**
 * Checks a key before it is made, and puts its namespaces in order, each once.
 *
 * @param isNamespaceName  the engine's rule
 * @throws ConnectError INVALID_ARGUMENT, INVALID_NAME, LIMIT_OUT_OF_RANGE
 */
export function validateNewKey(key: NewKey, nowMs: number, isNamespaceName: (name: string) => boolean): NewKey {
  validateKeyName(key.name);
  const namespaces = [...new Set(key.namespaces)].sort();
  validateBinding(key.role, namespaces);
  for (const name of namespaces) {
    if (isNamespaceName(name)) continue;
    const shown = JSON.stringify(name.slice(0, KEY_LIMITS.nameBytesMax));
    throw refusal("INVALID_NAME", `namespaces has ${shown}; allowed is [A-Za-z0-9][A-Za-z0-9_.-]{0,127}`);
  }
  const { expiresAtMs } = key;
  if (expiresAtMs !== undefined && !(expiresAtMs > nowMs && expiresAtMs <= TIME_MS_MAX)) {
    throw refusal(
      "INVALID_ARGUMENT",
      "expires_at must be in the future and before the year 10000; leave it out for never",
    );
  }
  return { ...key, namespaces };
}

function validateKeyName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes > KEY_LIMITS.nameBytesMax) {
    throw refusal("LIMIT_OUT_OF_RANGE", `name has ${bytes} bytes; at most ${KEY_LIMITS.nameBytesMax} are allowed`);
  }
  // It is shown in terminals and pages; and half a surrogate pair would not come back from the disk as it was.
  if (/[\p{Cc}\p{Cs}]/u.test(name)) {
    throw refusal("INVALID_ARGUMENT", "name has control characters or is no UTF-8; send plain text");
  }
}

function validateBinding(role: Role, namespaces: readonly string[]): void {
  if (!isBound(role)) {
    if (namespaces.length === 0) return;
    throw refusal("INVALID_ARGUMENT", `the role ${role} holds for the whole server; leave namespaces out`);
  }
  if (namespaces.length >= 1 && namespaces.length <= KEY_LIMITS.namespacesMax) return;
  const allowed = `1 to ${KEY_LIMITS.namespacesMax} are needed for the role ${role}`;
  throw refusal("LIMIT_OUT_OF_RANGE", `namespaces has ${namespaces.length} names; ${allowed}`);
}
