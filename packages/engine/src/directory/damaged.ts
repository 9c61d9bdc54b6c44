import { VecstoreError } from "../errors.js";

/** What every call says of a namespace whose files, or entries in the log, are damaged. */
export function damagedNamespace(name: string, cause: VecstoreError): VecstoreError {
  const what = `namespace ${JSON.stringify(name)} is damaged, the others are not: ${cause.message}`;
  const remedy = "put the file back and start again, restore a snapshot of it as another namespace, or delete it";
  return new VecstoreError("DATA_CORRUPTED", `${what}; ${remedy}`, { ...cause.details, namespace: name }, { cause });
}

/** True for damage of what is stored, which no other try mends. */
export function isDamage(error: unknown): error is VecstoreError {
  return error instanceof VecstoreError && error.reason === "DATA_CORRUPTED";
}
