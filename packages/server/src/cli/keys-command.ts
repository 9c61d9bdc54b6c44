import { isBound } from "../auth/roles.js";
import { ConfigError } from "../config.js";
import { createKeyInDirectory } from "./key-in-directory.js";
import { type KeysArguments, type KeysFlags, readKeysArguments } from "./keys-arguments.js";
import { KEYS_HELP } from "./keys-help.js";
import { runOnServer } from "./keys-of-server.js";
import { newKeyOf } from "./new-key-flags.js";
import { outputFormat } from "./output.js";
import { VERSION } from "./version.js";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Runs `vecstore keys`: in a data directory or at a server. Keys go to standard output.
 *
 * @returns the exit status
 * @throws ConfigError for a mistake in the arguments; ConnectError and VecstoreError for what the directory or the key refuses,
 *         VecStoreError for what the server does
 */
export async function keysCommand(args: readonly string[], env: Env): Promise<number> {
  const read = readKeysArguments(args);
  if (read === "help") return print(KEYS_HELP);
  if (read === "version") return print(`vecstore ${VERSION}\n`);
  const directory = read.action === "create" ? directoryOf(read.flags, env) : undefined;
  if (directory === undefined) await runOnServer(read, env);
  else await createOffline(directory, read);
  return 0;
}

/** Where to make a key: in a directory, or undefined for a server. Flags win over variables. */
function directoryOf({ data, url, "api-key": apiKey }: KeysFlags, env: Env): string | undefined {
  const hasServer = url !== undefined || apiKey !== undefined;
  if (data !== undefined && hasServer) {
    throw new ConfigError("--data makes a key in a directory, --url at a server that runs: give one of them");
  }
  if (data !== undefined || hasServer) return data;
  const [directory, server] = [env.VECSTORE_DATA || undefined, env.VECSTORE_URL || undefined];
  if (directory !== undefined && server !== undefined) {
    throw new ConfigError("both VECSTORE_DATA and VECSTORE_URL are set: say by --data or --url where to make the key");
  }
  if (directory === undefined && server === undefined) {
    throw new ConfigError("--data is missing: name the data directory, or by --url a server that runs");
  }
  return directory;
}

async function createOffline(directory: string, { flags }: KeysArguments): Promise<void> {
  const server = ["tls-ca", "tls-cert", "tls-key"].find((flag) => flags[flag as keyof KeysFlags] !== undefined);
  if (server !== undefined) throw new ConfigError(`--${server} means nothing in a directory; it goes with --url`);
  const isJson = flags.output !== undefined && outputFormat(flags.output) === "json";
  const spec = newKeyOf(flags);
  const { key, record } = await createKeyInDirectory(directory, spec);
  const { id, prefix } = record;
  const json = { id, name: spec.name, prefix, role: spec.role, namespaces: spec.namespaces, key };
  print(isJson ? `${JSON.stringify(json)}\n` : `${key}\n`);
  const where = isBound(spec.role) ? ` of ${spec.namespaces.join(", ")}` : "";
  process.stderr.write(`The key ${id}, ${spec.role}${where}. It is shown once; ${directory} keeps its SHA-256.\n`);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
