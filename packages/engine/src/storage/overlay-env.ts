import { assert } from "../errors.js";
import { type DirectoryLock, type Env, type EnvFile, joinPath, parentPath } from "./env.js";
import { StorageError } from "./errors.js";
import { MemoryContent } from "./memory-content.js";
import { normalize } from "./memory-env.js";

/** One file, whatever its names are: as it is below until it is written to, then in memory. */
interface Node {
  /** Where it stands below; undefined for a file that was made here. */
  readonly below: string | undefined;
  content: MemoryContent | undefined;
}

/**
 * An Env that reads what another one has, and keeps in memory what is written: the other one stays as it is, save for the lock of a
 * directory. A file of the other one that is written to is read into memory whole, first.
 */
export class OverlayEnv implements Env {
  readonly name: string;
  readonly #below: Env;
  /** Files that were opened, made, linked or renamed here, by path. */
  readonly #nodes = new Map<string, Node>();
  /** Directories that were made here. */
  readonly #directories = new Set<string>();
  /** Files and directories that were removed or renamed here: what is below them is not seen. */
  readonly #gone = new Set<string>();

  constructor(below: Env) {
    this.#below = below;
    this.name = `overlay(${below.name})`;
  }

  now(): number {
    return this.#below.now();
  }

  startTimer(delayMs: number, run: () => void): () => void {
    return this.#below.startTimer(delayMs, run);
  }

  randomBytes(count: number): Uint8Array {
    return this.#below.randomBytes(count);
  }

  crc32(bytes: Uint8Array, seed?: number): number {
    return this.#below.crc32(bytes, seed);
  }

  async createFile(path: string): Promise<EnvFile> {
    const name = normalize(path);
    if (await this.exists(path)) throw new StorageError("exists", "create", path);
    await this.#assertParent(path, "create");
    const node: Node = { below: undefined, content: new MemoryContent() };
    this.#nodes.set(name, node);
    return new OverlayFile(path, node, undefined);
  }

  async openFile(path: string): Promise<EnvFile> {
    const node = await this.#node(path, "open");
    const file = node.content === undefined ? await this.#below.openFile(node.below!) : undefined;
    return new OverlayFile(path, node, file);
  }

  async exists(path: string): Promise<boolean> {
    const name = normalize(path);
    if (this.#nodes.has(name) || this.#directories.has(name)) return true;
    return !this.#isGone(name) && this.#below.exists(path);
  }

  async fileSize(path: string): Promise<number> {
    const { below, content } = await this.#node(path, "find");
    return content?.size ?? this.#below.fileSize(below!);
  }

  async makeDirectory(path: string): Promise<void> {
    for (let at = normalize(path); !(await this.#isDirectory(at)); at = parentPath(at)) {
      if (this.#nodes.has(at)) throw new StorageError("exists", "create directory", path);
      this.#directories.add(at);
      if (at === "") return;
    }
  }

  async listDirectory(path: string): Promise<readonly string[]> {
    const directory = normalize(path);
    const below = this.#isGone(directory) ? [] : await this.#below.listDirectory(path);
    const inside = directory === "" || directory === "." ? "" : joinPath(directory, "/");
    const ours = [...this.#nodes.keys(), ...this.#directories].filter((each) => each.startsWith(inside));
    const names = ours.map((each) => each.slice(inside.length)).filter((name) => name !== "" && !name.includes("/"));
    const theirs = below.filter((name) => !this.#gone.has(normalize(joinPath(directory, name))));
    return [...new Set([...theirs, ...names])].sort();
  }

  async remove(path: string): Promise<void> {
    this.#nodes.delete(normalize(path));
    this.#gone.add(normalize(path));
  }

  async removeDirectory(path: string): Promise<void> {
    const directory = normalize(path);
    const inside = joinPath(directory, "/");
    for (const name of [...this.#nodes.keys()]) if (name.startsWith(inside)) this.#nodes.delete(name);
    for (const name of [...this.#directories]) if (name.startsWith(inside)) this.#directories.delete(name);
    this.#directories.delete(directory);
    this.#gone.add(directory);
  }

  async rename(from: string, to: string): Promise<void> {
    const node = await this.#node(from, "rename");
    await this.#assertParent(to, "rename to");
    this.#nodes.delete(normalize(from));
    this.#gone.add(normalize(from));
    this.#nodes.set(normalize(to), node);
  }

  async linkOrCopy(from: string, to: string): Promise<void> {
    const node = await this.#node(from, "link");
    if (await this.exists(to)) throw new StorageError("exists", "link", to);
    await this.#assertParent(to, "link");
    this.#nodes.set(normalize(to), node);
  }

  async syncDirectory(path: string): Promise<void> {
    if (!(await this.#isDirectory(normalize(path)))) throw new StorageError("not_found", "sync directory", path);
  }

  freeBytes(path: string): Promise<number | undefined> {
    return this.#below.freeBytes(path);
  }

  memoryBytes(): number | undefined {
    return this.#below.memoryBytes();
  }

  /** The other one's lock: what is read here must not change meanwhile. */
  lockDirectory(path: string): Promise<DirectoryLock> {
    return this.#below.lockDirectory(path);
  }

  /** The file of a name, which all who open it share. */
  async #node(path: string, operation: string): Promise<Node> {
    const name = normalize(path);
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    if (this.#isGone(name)) throw new StorageError("not_found", operation, path);
    // It says whether there is such a file.
    await (await this.#below.openFile(path)).close();
    const node = this.#nodes.get(name) ?? { below: path, content: undefined };
    this.#nodes.set(name, node);
    return node;
  }

  async #isDirectory(name: string): Promise<boolean> {
    if (this.#directories.has(name)) return true;
    return !this.#nodes.has(name) && !this.#isGone(name) && (name === "" || (await this.#below.exists(name)));
  }

  async #assertParent(path: string, operation: string): Promise<void> {
    const parent = parentPath(normalize(path));
    if (!(await this.#isDirectory(parent))) throw new StorageError("not_found", operation, path);
  }

  /** Whether what is below under this name was removed, or a directory above it. */
  #isGone(name: string): boolean {
    for (let at = name; ; at = parentPath(at)) {
      if (this.#gone.has(at)) return true;
      if (at === "" || at === "/") return false;
    }
  }
}

/** Reads below until somebody has written to the file, through this or another opening of it. */
class OverlayFile implements EnvFile {
  readonly path: string;
  readonly #node: Node;
  readonly #below: EnvFile | undefined;
  #isOpen = true;

  constructor(path: string, node: Node, below: EnvFile | undefined) {
    this.path = path;
    this.#node = node;
    this.#below = below;
  }

  async size(): Promise<number> {
    return this.#opened()?.size ?? this.#below!.size();
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    return this.#opened()?.read(into, position) ?? this.#below!.read(into, position);
  }

  readSync(into: Uint8Array, position: number): number {
    return this.#opened()?.read(into, position) ?? this.#below!.readSync(into, position);
  }

  write(bytes: Uint8Array, position: number): Promise<void> {
    return this.writev([bytes], position);
  }

  async writev(buffers: readonly Uint8Array[], position: number): Promise<void> {
    const content = await this.#changeable();
    let at = position;
    for (const buffer of buffers) {
      content.write(buffer, at);
      at += buffer.length;
    }
  }

  async sync(): Promise<void> {
    this.#opened();
  }

  async truncate(length: number): Promise<void> {
    (await this.#changeable()).truncate(length);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    await this.#below?.close();
  }

  /** The content in memory; undefined while it is the one below. */
  #opened(): MemoryContent | undefined {
    assert(this.#isOpen, `${this.path} is open`);
    return this.#node.content;
  }

  async #changeable(): Promise<MemoryContent> {
    const known = this.#opened();
    if (known !== undefined) return known;
    const bytes = new Uint8Array(await this.#below!.size());
    await this.#below!.read(bytes, 0);
    const content = new MemoryContent();
    content.write(bytes, 0);
    // Another writer may have been faster.
    this.#node.content ??= content;
    return this.#node.content;
  }
}
