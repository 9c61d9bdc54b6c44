import { lockDataDirectory } from "@vecstore/engine";
import { keyFilePath } from "../auth/key-disk.js";
import { KeyStore, type ShownKey } from "../auth/key-store.js";
import type { NewKey } from "../auth/new-key.js";
import { defaultSettings } from "../config.js";
import { lineOfKeyMade } from "../observability/audit.js";
import { AuditFile, auditDirectory } from "../observability/audit-file.js";

/**
 * Makes a key in a data directory, under its lock. What is damaged in the key file goes to standard error.
 *
 * @throws VecstoreError DATA_DIR_IN_USE; ConnectError QUOTA_EXCEEDED, DISK_FULL, INTERNAL
 */
export async function createKeyInDirectory(directory: string, spec: NewKey): Promise<ShownKey> {
  const lock = await lockDataDirectory(directory);
  try {
    const keys = new KeyStore({ directory });
    for (const problem of keys.load()) process.stderr.write(`${keyFilePath(directory)} is damaged: ${problem}\n`);
    const shown = await keys.create(spec);
    await writeAudit(directory, lineOfKeyMade("command", shown.record.id));
    return shown;
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
