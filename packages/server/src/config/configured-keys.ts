import { ConfigError, type Kind } from "./kinds.js";

/** Roles of keys, as they stand in files and in REST's JSON. */
export const KEY_ROLES = ["reader", "writer", "owner", "admin", "metrics"] as const;

/** A key that the configuration names: by the SHA-256 of the secret, or by the environment variable that holds it. */
export interface ConfiguredKey {
  /** Goes to logs. */
  readonly name: string;
  /** 64 hexadecimal digits, in lower case. */
  readonly sha256?: string;
  readonly env?: string;
  readonly role: (typeof KEY_ROLES)[number];
  /** Of readers, writers and owners. */
  readonly namespaces: readonly string[];
}

/** All of them are compared with each key that comes, so they are few. */
const KEYS_MAX = 100;
const NAMESPACES_MAX = 100;
/** Of keys and of namespaces; the engine's rule is the same. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
/** What logs say of others. */
const TAKEN = new Set(["admin", "anonymous", "server", "command"]);
const FIELDS = new Set(["name", "sha256", "env", "role", "namespaces"]);

const ALLOWED = `a list of {name, sha256 or env, role, namespaces}; as text it is JSON`;

/** `auth.keys`. */
export function configuredKeys(): Kind<readonly ConfiguredKey[]> {
  return { allowed: ALLOWED, parse, format: (keys) => (keys.length === 0 ? "" : JSON.stringify(keys)) };
}

function parse(raw: unknown): readonly ConfiguredKey[] {
  const list = typeof raw === "string" ? parseJson(raw) : raw;
  if (!Array.isArray(list)) throw new ConfigError(`allowed: ${ALLOWED}`);
  if (list.length > KEYS_MAX) throw new ConfigError(`got ${list.length} keys; allowed: at most ${KEYS_MAX}`);
  const keys = list.map(parseKey);
  const names = new Set(keys.map(({ name }) => name));
  if (names.size < keys.length) throw new ConfigError("two keys have one name; allowed: each its own");
  return keys;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The text may hold what should not be in a message.
    throw new ConfigError(`the text is not JSON; allowed: ${ALLOWED}`);
  }
}

function parseKey(raw: unknown, at: number): ConfiguredKey {
  const fail = (what: string): never => {
    throw new ConfigError(`key ${at + 1}: ${what}`);
  };
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return fail(`allowed: ${ALLOWED}`);
  const { name, sha256, env, role, namespaces = [] } = raw as Record<string, unknown>;
  const unknown = Object.keys(raw).find((field) => !FIELDS.has(field));
  if (unknown !== undefined) fail(`unknown field ${unknown}; allowed: ${[...FIELDS].join(", ")}`);
  if (!isName(name) || TAKEN.has(name))
    return fail(`name must be [A-Za-z0-9][A-Za-z0-9_.-]{0,127}, and not ${[...TAKEN].join(", ")}`);
  const known = KEY_ROLES.find((each) => each === role);
  if (known === undefined) return fail(`role must be one of ${KEY_ROLES.join(", ")}`);
  if (!Array.isArray(namespaces) || !namespaces.every(isName)) return fail("namespaces must be a list of names");
  const isBound = known !== "admin" && known !== "metrics";
  if (isBound ? namespaces.length < 1 || namespaces.length > NAMESPACES_MAX : namespaces.length > 0) {
    return fail(isBound ? `a ${known} needs 1 to ${NAMESPACES_MAX} namespaces` : `leave namespaces out for ${known}`);
  }
  return { name, ...secretOf(sha256, env, fail), role: known, namespaces };
}

function secretOf(sha256: unknown, env: unknown, fail: (what: string) => never): { sha256: string } | { env: string } {
  if ((sha256 === undefined) === (env === undefined)) return fail("give one of sha256 and env");
  if (env !== undefined) {
    return typeof env === "string" && env !== "" ? { env } : fail("env must be the name of an environment variable");
  }
  const isDigest = typeof sha256 === "string" && /^[0-9a-f]{64}$/i.test(sha256);
  return isDigest
    ? { sha256: sha256.toLowerCase() }
    : fail("sha256 must be 64 hexadecimal digits, never the key itself");
}

function isName(value: unknown): value is string {
  return typeof value === "string" && NAME.test(value);
}
