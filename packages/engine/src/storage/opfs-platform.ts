import { VecstoreError } from "../errors.js";

/**
 * An exclusive, synchronous handle on a file. The library of DOM types has it for workers only.
 *
 * Source: File System Standard, section 2.6, https://fs.spec.whatwg.org/#api-filesystemsyncaccesshandle
 */
export interface SyncHandle {
  read(into: Uint8Array, options: { readonly at: number }): number;
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  getSize(): number;
  truncate(bytes: number): void;
  flush(): void;
  close(): void;
}

/** A file's handle in a worker. `move` is in all browsers that have synchronous handles, and not yet in the standard. */
export interface MovableFile extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<SyncHandle>;
  move(directory: FileSystemDirectoryHandle, name: string): Promise<void>;
}

/**
 * Checks that this is a dedicated worker of a browser with all that `OpfsEnv` needs.
 *
 * @throws VecstoreError INVALID_CONFIGURATION, which says what is missing
 */
export function assertOpfsPlatform(): void {
  const missing = missingPart();
  if (missing === undefined) return;
  const message = `OpfsEnv needs ${missing}; run the store in a dedicated worker of a page served over https or from localhost, or use MemoryEnv`;
  throw new VecstoreError("INVALID_CONFIGURATION", message, { missing });
}

function missingPart(): string | undefined {
  const { navigator, FileSystemFileHandle } = globalThis as Partial<typeof globalThis>;
  if (navigator?.storage?.getDirectory === undefined) return "a private file system (navigator.storage.getDirectory)";
  if (navigator.locks === undefined) return "locks between tabs (navigator.locks)";
  const prototype = FileSystemFileHandle?.prototype;
  if (prototype === undefined || !("createSyncAccessHandle" in prototype)) return "createSyncAccessHandle";
  return "move" in prototype ? undefined : "FileSystemFileHandle.move";
}
