import { parentPath } from "./env.js";
import { isNotFound, toStorageError } from "./errors.js";

/** The names of a path from the root of the private file system on; empty ones and `.` say nothing. */
export function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

/** One spelling for each path: `/a//b/` and `./a/b` are `a/b`. */
export function normalizeOpfs(path: string): string {
  return partsOf(path).join("/");
}

/** The last name of a path; empty for the root. */
export function nameOf(path: string): string {
  return partsOf(path).at(-1) ?? "";
}

/** The directory of this path. Rejects as the browser does: NotFoundError, or TypeMismatchError for a file. */
export async function directoryAt(path: string): Promise<FileSystemDirectoryHandle> {
  let directory = await navigator.storage.getDirectory();
  for (const part of partsOf(path)) directory = await directory.getDirectoryHandle(part);
  return directory;
}

/** The directory that a path lies in. */
export function directoryOf(path: string): Promise<FileSystemDirectoryHandle> {
  return directoryAt(parentPath(normalizeOpfs(path)));
}

/** The file of this path. Rejects as `directoryAt`. */
export async function fileAt(path: string): Promise<FileSystemFileHandle> {
  return (await directoryOf(path)).getFileHandle(nameOf(path));
}

/** What `find` finds, or undefined when that is not there, or is a directory in place of a file, or the other way round. */
export async function ifThere<T>(find: Promise<T>): Promise<T | undefined> {
  try {
    return await find;
  } catch (error) {
    if (isNotFound(toStorageError(error, "find", ""))) return undefined;
    throw error;
  }
}
