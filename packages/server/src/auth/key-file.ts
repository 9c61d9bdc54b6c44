import { crc32 } from "node:zlib";
import { refusal } from "../errors.js";
import type { KeyRecord } from "./key-record.js";
import { isKeyId } from "./keys.js";
import { isBound, ROLES } from "./roles.js";

/** Version of the key file. On disk: do not renumber. */
export const KEY_FILE_VERSION = 1;

/** What a key file holds, and what is wrong with it. */
export interface KeyFileContent {
  /** The keys whose lines are whole. */
  readonly records: readonly KeyRecord[];
  /** One sentence for each line that is not, and for what is missing; empty for a file as it was written. */
  readonly damage: readonly string[];
}

/** The text of a key file: the version, a line for each key, and a last line that counts them. docs/format.md has it. */
export function encodeKeyFile(records: readonly KeyRecord[]): string {
  const end = checked(JSON.stringify({ keys: records.length }));
  return [`vecstore-keys ${KEY_FILE_VERSION}`, ...records.map(lineOf), end, ""].join("\n");
}

/** Records do not change, and each change of one key writes them all. */
const lines = new WeakMap<KeyRecord, string>();

function lineOf(record: KeyRecord): string {
  const known = lines.get(record);
  if (known !== undefined) return known;
  const line = checked(JSON.stringify(toJson(record)));
  lines.set(record, line);
  return line;
}

/**
 * Reads a key file. Each line stands for itself, so damage costs the keys of the lines that have it: a key that is not read
 * lets nobody in, and the others go on working.
 *
 * @throws ConnectError FORMAT_TOO_NEW for a file of a later version, which may mean something else by the same words
 */
export function decodeKeyFile(text: string, path: string): KeyFileContent {
  const [first, ...others] = text.split("\n");
  const version = Number(/^vecstore-keys (\d{1,9})$/.exec(first as string)?.[1]);
  if (version > KEY_FILE_VERSION) {
    const message = `${path} has version ${version}; this program reads ${KEY_FILE_VERSION}; use a newer vecstore`;
    throw refusal("FORMAT_TOO_NEW", message, { got: String(version), supported: String(KEY_FILE_VERSION) });
  }
  if (!(version >= 1)) return { records: [], damage: ["it does not begin with `vecstore-keys` and a version"] };
  return readLines(others);
}

function readLines(texts: readonly string[]): KeyFileContent {
  const damage: string[] = [];
  const byId = new Map<string, KeyRecord | undefined>();
  let end: number | undefined;
  for (const [at, line] of texts.entries()) {
    if (line === "" && at === texts.length - 1) continue;
    const json = unchecked(line);
    const record = json === undefined ? undefined : fromJson(json);
    if (record !== undefined) {
      // Which of two lines holds is not known, so neither does: one of them may be revoked.
      if (byId.has(record.id)) damage.push(`line ${at + 2} has the id of another`);
      byId.set(record.id, byId.has(record.id) ? undefined : record);
    } else if (typeof json?.keys === "number") end = json.keys;
    else damage.push(`line ${at + 2} is damaged`);
  }
  const records = [...byId.values()].filter((record) => record !== undefined);
  if (end === undefined) damage.push("its end is missing");
  else if (end !== records.length) damage.push(`it has ${records.length} whole keys; ${end} were written`);
  return { records, damage };
}

/** `crc32 json`, the checksum in 8 hexadecimal digits over the bytes of the JSON. */
function checked(json: string): string {
  return `${crc32(json).toString(16).padStart(8, "0")} ${json}`;
}

function unchecked(line: string): Record<string, unknown> | undefined {
  const json = line.slice(9);
  if (checked(json) !== line) return undefined;
  try {
    const value = JSON.parse(json);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** On disk: the names of the fields. */
function toJson(record: KeyRecord): object {
  const { id, name, prefix, sha256, role, namespaces } = record;
  const { createdAtMs: created, expiresAtMs: expires, revokedAtMs: revoked, rotatedAtMs: rotated } = record;
  return { id, name, prefix, sha256, role, namespaces, created, expires, revoked, rotated };
}

/** Undefined for what `toJson` does not make, also for a field more: it may be what withholds the key. */
function fromJson(json: Record<string, unknown>): KeyRecord | undefined {
  const { id, name, prefix, sha256, role, namespaces, created, expires, revoked, rotated, ...others } = json;
  const isWhole =
    Object.keys(others).length === 0 &&
    isText(id, isKeyId) &&
    isText(name) &&
    isText(prefix) &&
    isText(sha256, (text) => /^[0-9a-f]{64}$/.test(text)) &&
    isText(role, (text) => ROLES.some((each) => each === text)) &&
    Array.isArray(namespaces) &&
    namespaces.every((each) => isText(each)) &&
    namespaces.length > 0 === isBound(role as KeyRecord["role"]) &&
    typeof created === "number" &&
    [expires, revoked, rotated].every((time) => time === undefined || typeof time === "number");
  if (!isWhole) return undefined;
  const times = { createdAtMs: created, expiresAtMs: expires, revokedAtMs: revoked, rotatedAtMs: rotated };
  return { id, name, prefix, sha256, role, namespaces, ...times } as KeyRecord;
}

function isText(value: unknown, test: (text: string) => boolean = () => true): value is string {
  return typeof value === "string" && test(value);
}
