import { parseArgs } from "node:util";
import { ConfigError } from "../config.js";

const OPTIONS = {
  data: { type: "string" },
  url: { type: "string" },
  "api-key": { type: "string" },
  "tls-ca": { type: "string" },
  "tls-cert": { type: "string" },
  "tls-key": { type: "string" },
  role: { type: "string" },
  namespace: { type: "string", multiple: true },
  name: { type: "string" },
  "expires-at": { type: "string" },
  "include-revoked": { type: "boolean" },
  output: { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} as const;

/** Values of the flags, each absent when it was not given. */
export type KeysFlags = ReturnType<typeof parse>["values"];

/** What can be done with keys. */
export type KeysAction = "create" | "list" | "rotate" | "revoke";

/** A command that makes sense, as far as its arguments say. */
export interface KeysArguments {
  readonly action: KeysAction;
  /** Of `rotate` and `revoke`; else empty. */
  readonly id: string;
  readonly flags: KeysFlags;
}

const SERVER_FLAGS = ["url", "api-key", "tls-ca", "tls-cert", "tls-key", "output"];
/** The flags of each action, without their dashes. */
export const KEYS_FLAGS: Readonly<Record<KeysAction, readonly string[]>> = {
  create: [...SERVER_FLAGS, "data", "role", "namespace", "name", "expires-at"],
  list: [...SERVER_FLAGS, "include-revoked"],
  rotate: SERVER_FLAGS,
  revoke: SERVER_FLAGS,
};
const ACTIONS = Object.keys(KEYS_FLAGS) as KeysAction[];

/**
 * Reads the arguments after `vecstore keys`.
 *
 * @returns "help" or "version" where that is asked for
 * @throws ConfigError
 */
export function readKeysArguments(args: readonly string[]): KeysArguments | "help" | "version" {
  const { values: flags, positionals } = parse(args);
  if (flags.help) return "help";
  if (flags.version) return "version";
  const [word, id = "", ...more] = positionals;
  const action = ACTIONS.find((each) => each === word);
  const wantsId = action === "rotate" || action === "revoke";
  if (action === undefined || more.length > 0 || (id !== "" && !wantsId)) {
    throw new ConfigError(
      `got ${JSON.stringify(positionals.join(" "))}; allowed: create, list, rotate ID, revoke ID (vecstore keys --help)`,
    );
  }
  if (wantsId && id === "") throw new ConfigError(`the id of the key is missing: vecstore keys ${action} ID`);
  const wrong = Object.keys(flags).find((flag) => !KEYS_FLAGS[action].includes(flag));
  if (wrong !== undefined) {
    const allowed = KEYS_FLAGS[action].map((flag) => `--${flag}`).join(" ");
    throw new ConfigError(`--${wrong} means nothing to keys ${action}; allowed: ${allowed}`);
  }
  return { action, id, flags };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new ConfigError(problemOf(error as NodeJS.ErrnoException));
  }
}

/** Node says which flag it does not know, and not which ones there are. */
function problemOf({ code, message }: NodeJS.ErrnoException): string {
  if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION") return message;
  const got = /'([^']+)'/.exec(message)?.[1] ?? message;
  const known = Object.keys(OPTIONS).map((flag) => `--${flag}`);
  return `unknown argument ${got}; flags: ${known.join(" ")}`;
}
