import { parentPath } from "./env.js";
import type { Random } from "./random.js";
import type { SimulatedFile } from "./simulated-file.js";

/** One change of names; atomic, and on the disk once `directory` is synced. */
interface NameChange {
  readonly directory: string;
  readonly gone: readonly string[];
  readonly made?: { readonly path: string; readonly file: SimulatedFile };
}

/**
 * The names on a disk twice: as the processes see them, and as the last directory syncs left them.
 * Directories themselves are on the disk at once, as `Env.makeDirectory` promises. Paths are normalized.
 */
export class SimulatedDisk {
  readonly #seen = new Map<string, SimulatedFile>();
  readonly #synced = new Map<string, SimulatedFile>();
  #unsynced: NameChange[] = [];

  /** A file that was on the disk before. */
  adopt(path: string, file: SimulatedFile): void {
    this.#seen.set(path, file);
    this.#synced.set(path, file);
  }

  file(path: string): SimulatedFile | undefined {
    return this.#seen.get(path);
  }

  make(path: string, file: SimulatedFile): void {
    this.#change({ directory: parentPath(path), gone: [], made: { path, file } });
  }

  /** Returns the file that had the name, if any. */
  remove(path: string): SimulatedFile | undefined {
    const file = this.#seen.get(path);
    if (file !== undefined) this.#change({ directory: parentPath(path), gone: [path] });
    return file;
  }

  /** Its files go one by one; a power cut may keep any of them. */
  removeDirectory(path: string): void {
    const inside = [...this.#seen.keys()].filter((name) => name.startsWith(`${path}/`));
    for (const name of inside) this.#change({ directory: parentPath(path), gone: [name] });
  }

  /** Between two directories it counts as a change of the second. */
  rename(from: string, to: string): void {
    const file = this.#seen.get(from);
    if (file === undefined) return;
    this.#change({ directory: parentPath(to), gone: [from], made: { path: to, file } });
  }

  syncDirectory(path: string): void {
    for (const change of this.#unsynced) if (change.directory === path) apply(change, this.#synced);
    this.#unsynced = this.#unsynced.filter((change) => change.directory !== path);
  }

  /** The files after a power cut: each unsynced change of a name happened or did not, in any combination. */
  afterPowerCut(random: Random): Map<string, Uint8Array> {
    const names = new Map(this.#synced);
    const keep = [0, 1, 0.5][Math.floor(random() * 3)]!;
    for (const change of this.#unsynced) if (random() < keep) apply(change, names);
    // Two names of one file have one content.
    const contents = new Map<SimulatedFile, Uint8Array>();
    for (const file of new Set(names.values())) contents.set(file, file.afterPowerCut(random));
    return new Map([...names].map(([path, file]) => [path, contents.get(file)!]));
  }

  #change(change: NameChange): void {
    apply(change, this.#seen);
    this.#unsynced.push(change);
  }
}

function apply(change: NameChange, names: Map<string, SimulatedFile>): void {
  for (const path of change.gone) names.delete(path);
  if (change.made !== undefined) names.set(change.made.path, change.made.file);
}
