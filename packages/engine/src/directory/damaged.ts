import { VecstoreError } from "../errors.js";
import { RESTORE_IT } from "../storage/errors.js";

/** What every call says of a namespace whose files, or entries in the log, are damaged. */
export function damagedNamespace(name: string, cause: VecstoreError): VecstoreError {
  const what = `namespace ${JSON.stringify(name)} is damaged, the others are not: ${damageOf(cause)}`;
  const remedy = "put the file back and start again, restore a snapshot of it as another namespace, or delete it";
  return new VecstoreError("DATA_CORRUPTED", `${what}; ${remedy}`, { ...cause.details, namespace: name }, { cause });
}

/** What the opening says where the damage is in what all namespaces share. */
export function damagedDirectory(directory: string, shared: "catalog" | "log", cause: VecstoreError): VecstoreError {
  const what = `directory ${directory} is not opened, since its ${shared}, which all namespaces share, is damaged: ${damageOf(cause)}`;
  const remedy =
    "put the directory back from a copy, or begin a new one and move the snapshots of its namespaces there, which are whole by themselves";
  return new VecstoreError("DATA_CORRUPTED", `${what}; ${remedy}`, cause.details, { cause });
}

function damageOf({ message }: VecstoreError): string {
  return message.replace(RESTORE_IT, "");
}

/** True for damage of what is stored, which no other try mends. */
export function isDamage(error: unknown): error is VecstoreError {
  return error instanceof VecstoreError && error.reason === "DATA_CORRUPTED";
}
