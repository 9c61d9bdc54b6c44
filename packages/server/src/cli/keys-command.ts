import { parseArgs } from "node:util";
import { lockDataDirectory, NAME_PATTERN } from "@vecstore/engine";
import { keyFilePath } from "../auth/key-disk.js";
import { KeyStore } from "../auth/key-store.js";
import { type NewKey, validateNewKey } from "../auth/new-key.js";
import { isBound, ROLES } from "../auth/roles.js";
import { ConfigError, defaultSettings } from "../config.js";
import { lineOfKeyMade } from "../observability/audit.js";
import { AuditFile, auditDirectory } from "../observability/audit-file.js";

const HELP = `Usage: vecstore keys create --data DIR [FLAGS]

Makes an API key in a data directory while no server has it open, and prints it to standard output, once.

  --data DIR
        The data directory; made when it is missing. [VECSTORE_DATA]
  --role ROLE
        ${ROLES.join(", ")}. Default admin.
  --namespace NAME
        Namespace that a reader, writer or owner is bound to; may repeat.
  --name TEXT
        For people, at most 128 bytes.
  --expires-at TIME
        From then on the key does not work, such as 2027-01-01T00:00:00Z. Default never.
`;

const OPTIONS = {
  data: { type: "string" },
  role: { type: "string" },
  namespace: { type: "string", multiple: true },
  name: { type: "string" },
  "expires-at": { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/**
 * Runs `vecstore keys`. The key goes to standard output, what it is good for to standard error.
 *
 * @returns the exit status
 * @throws ConfigError for a mistake in the arguments; ConnectError and VecstoreError for what the directory or the key refuses
 */
export async function keysCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (positionals.length !== 1 || positionals[0] !== "create") {
    throw new ConfigError(`got ${JSON.stringify(positionals.join(" "))}; allowed: create`);
  }
  const directory = values.data ?? (env.VECSTORE_DATA || undefined);
  if (directory === undefined) throw new ConfigError("--data is missing: name the data directory");
  const spec = specOf(values);
  const { key, id } = await createOffline(directory, spec);
  process.stdout.write(`${key}\n`);
  const where = isBound(spec.role) ? ` of ${spec.namespaces.join(", ")}` : "";
  process.stderr.write(`The key ${id}, ${spec.role}${where}. It is shown once; ${directory} keeps its SHA-256.\n`);
  return 0;
}

type Values = ReturnType<typeof parse>["values"];

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new ConfigError((error as Error).message);
  }
}

function specOf(values: Values): NewKey {
  const { name = "", namespace: namespaces = [] } = values;
  const role = ROLES.find((each) => each === (values.role ?? "admin"));
  if (role === undefined) throw new ConfigError(`--role is ${values.role}; allowed: ${ROLES.join(", ")}`);
  const asked = { name, role, namespaces, expiresAtMs: timeOf(values["expires-at"]) };
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

async function createOffline(directory: string, spec: NewKey) {
  const lock = await lockDataDirectory(directory);
  try {
    const keys = new KeyStore({ directory });
    for (const problem of keys.load()) process.stderr.write(`${keyFilePath(directory)} is damaged: ${problem}\n`);
    const { key, record } = await keys.create(spec);
    await writeAudit(directory, lineOfKeyMade("command", record.id));
    return { key, id: record.id };
  } finally {
    await lock.release();
  }
}

/** It removes no file: how many are kept is a setting of the server. */
async function writeAudit(data: string, line: string): Promise<void> {
  const fileBytesMax = defaultSettings().auditFileBytes;
  const file = new AuditFile({ directory: auditDirectory(data), fileBytesMax, filesMax: Number.MAX_SAFE_INTEGER });
  file.append(line);
  await file.close();
}
