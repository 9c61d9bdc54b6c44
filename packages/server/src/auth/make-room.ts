import { refusal } from "../errors.js";
import { encodeKeyFile } from "./key-file.js";
import { endOf, type KeyRecord } from "./key-record.js";
import { KEY_LIMITS } from "./limits.js";

/**
 * The keys with one more. Where there would be too many, those that ended the longest ago are forgotten: the audit log knows
 * of them.
 *
 * @throws ConnectError QUOTA_EXCEEDED when too many work
 */
export function makeRoom(records: readonly KeyRecord[], added: KeyRecord, nowMs: number): readonly KeyRecord[] {
  const ended = records.filter((record) => endOf(record) <= nowMs).sort((a, b) => endOf(a) - endOf(b));
  const forgotten = new Set<KeyRecord>();
  let bytes = sizeOf([...records, added]);
  for (;;) {
    const count = records.length + 1 - forgotten.size;
    if (count <= KEY_LIMITS.keysMax && bytes <= KEY_LIMITS.fileBytesMax) break;
    const oldest = ended[forgotten.size];
    if (oldest === undefined) throw full(count, bytes);
    forgotten.add(oldest);
    bytes -= sizeOf([oldest]) - sizeOf([]);
  }
  return [...records.filter((record) => !forgotten.has(record)), added];
}

function sizeOf(records: readonly KeyRecord[]): number {
  return Buffer.byteLength(encodeKeyFile(records));
}

function full(count: number, bytes: number): Error {
  const { keysMax, fileBytesMax } = KEY_LIMITS;
  const message = `there would be ${count} API keys of ${bytes} bytes; allowed are ${keysMax}, and ${fileBytesMax} bytes; revoke some`;
  return refusal("QUOTA_EXCEEDED", message, { quota: "api_keys" });
}
