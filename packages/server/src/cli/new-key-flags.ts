import { NAME_PATTERN } from "@vecstore/engine";
import { type NewKey, validateNewKey } from "../auth/new-key.js";
import { ROLES } from "../auth/roles.js";
import { ConfigError } from "../config.js";
import type { KeysFlags } from "./keys-arguments.js";

/**
 * The key that the flags describe.
 *
 * @throws ConfigError
 */
export function newKeyOf(flags: KeysFlags): NewKey {
  const { name = "", namespace: namespaces = [] } = flags;
  const role = ROLES.find((each) => each === (flags.role ?? "admin"));
  if (role === undefined) throw new ConfigError(`--role is ${flags.role}; allowed: ${ROLES.join(", ")}`);
  const asked = { name, role, namespaces, expiresAtMs: timeOf(flags["expires-at"]) };
  try {
    return validateNewKey(asked, Date.now(), (each) => NAME_PATTERN.test(each));
  } catch (error) {
    throw new ConfigError((error as { rawMessage: string }).rawMessage);
  }
}

/** RFC 3339 only: what else Date takes means other times on other machines. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const isRfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const ms = isRfc3339 ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new ConfigError(`--expires-at is ${text}; allowed: a time such as 2027-01-01T00:00:00Z`);
  return ms;
}
