import { VecstoreError } from "../errors.js";

/** What went wrong with a file: what a caller in this package can act on. */
export type StorageErrorKind = "not_found" | "exists" | "no_space" | "denied" | "io";

/**
 * A failed operation of an `Env`: DISK_FULL when there is no space, else INTERNAL.
 *
 * `cause` is the platform's own error. Only `no_space` and an uncaught `io` are meant to reach a caller of the engine.
 */
export class StorageError extends VecstoreError {
  readonly kind: StorageErrorKind;

  constructor(kind: StorageErrorKind, operation: string, path: string, cause?: unknown) {
    const reason = kind === "no_space" ? "DISK_FULL" : "INTERNAL";
    const details = { kind, operation, file: path };
    super(reason, `cannot ${operation} ${path}: ${describe(kind, cause)}`, details, { cause });
    this.kind = kind;
  }
}

/** Whether `error` says that a file or directory is absent. */
export function isNotFound(error: unknown): boolean {
  return error instanceof StorageError && error.kind === "not_found";
}

/** Whether `error` says that a file is already there. */
export function isAlreadyThere(error: unknown): boolean {
  return error instanceof StorageError && error.kind === "exists";
}

/**
 * Turns a platform's error (with an errno name in `code`, or a DOMException's `name`) into ours; one of ours passes unchanged.
 *
 * @param operation  a verb with its object, as in `cannot <operation> <path>`
 */
export function toStorageError(error: unknown, operation: string, path: string): VecstoreError {
  if (error instanceof VecstoreError) return error;
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  const kind = KINDS[String(code)] ?? KINDS[String(name)] ?? "io";
  return new StorageError(kind, operation, path, error);
}

/** What to do about damage, where no more is known than the file. */
export const RESTORE_IT = "; restore it from a snapshot or a copy";

/** Damage on the disk, with the file and the offset in it. */
export function corrupted(file: string, offset: number, what: string): VecstoreError {
  const message = `${file} is damaged at byte ${offset}: ${what}${RESTORE_IT}`;
  return new VecstoreError("DATA_CORRUPTED", message, { file, offset: String(offset) });
}

/** EFBIG and EDQUOT end like ENOSPC: the bytes do not fit, and may fit later. */
const KINDS: Readonly<Record<string, StorageErrorKind>> = {
  ENOENT: "not_found",
  ENOTDIR: "not_found",
  EEXIST: "exists",
  ENOSPC: "no_space",
  EDQUOT: "no_space",
  EFBIG: "no_space",
  EACCES: "denied",
  EPERM: "denied",
  EROFS: "denied",
  NotFoundError: "not_found",
  TypeMismatchError: "not_found",
  QuotaExceededError: "no_space",
  NotAllowedError: "denied",
  SecurityError: "denied",
};

function describe(kind: StorageErrorKind, cause: unknown): string {
  if (kind === "no_space") return "no space left; free some and try again";
  if (kind === "not_found") return "no such file or directory";
  if (kind === "exists") return "it exists already";
  if (kind === "denied") return "not permitted; the process must own the data directory";
  return cause instanceof Error ? cause.message : "input/output error";
}
