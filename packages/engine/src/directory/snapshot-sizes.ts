import { joinPath } from "../storage/env.js";
import type { DataDirectory } from "./data-directory.js";
import { snapshotsPath } from "./names.js";
import { SNAPSHOT_FILE } from "./snapshots.js";

/** The bytes of the snapshots of each namespace, kept from the first time that somebody asks until they change. */
export class SnapshotSizes {
  readonly #directory: DataDirectory;
  readonly #known = new Map<number, number>();
  /** Grows with each change, so that a count which a change came between is not kept. */
  #changes = 0;

  constructor(directory: DataDirectory) {
    this.#directory = directory;
  }

  /**
   * Bytes of all snapshots of a namespace, counted file by file, so that a damaged one counts too.
   *
   * @throws VecstoreError INTERNAL when they cannot be listed
   */
  async bytesOf(number: number): Promise<number> {
    const known = this.#known.get(number);
    if (known !== undefined) return known;
    const changes = this.#changes;
    const bytes = await this.#count(number);
    // One that was made or deleted meanwhile may be counted or not.
    if (this.#changes === changes) this.#known.set(number, bytes);
    return bytes;
  }

  /** Has them counted anew, after a change. */
  forget(number: number): void {
    this.#known.delete(number);
    this.#changes++;
  }

  async #count(number: number): Promise<number> {
    const { env, path } = this.#directory;
    const parent = snapshotsPath(path, number);
    let bytes = 0;
    for (const name of await env.listDirectory(parent)) {
      const files = await env.listDirectory(joinPath(parent, name));
      // What a crash left half made is no snapshot, and goes when the namespace is opened.
      if (!files.includes(SNAPSHOT_FILE)) continue;
      for (const file of files) {
        if (file === SNAPSHOT_FILE) continue;
        // Gone since it was listed: deleted meanwhile.
        bytes += await env.fileSize(joinPath(parent, name, file)).catch(() => 0);
      }
    }
    return bytes;
  }
}
