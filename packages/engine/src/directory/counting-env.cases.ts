import type { EnvFile } from "../storage/env.js";
import { MemoryEnv } from "../storage/memory-env.js";

/** A disk in memory that counts the files of namespaces that are open, and those that were. */
export class CountingEnv extends MemoryEnv {
  /** Open now. */
  open = 0;
  /** Open at once, at most. */
  most = 0;
  /** Opened or made since. */
  total = 0;

  override async createFile(path: string): Promise<EnvFile> {
    return this.#counted(path, await super.createFile(path));
  }

  override async openFile(path: string): Promise<EnvFile> {
    return this.#counted(path, await super.openFile(path));
  }

  #counted(path: string, file: EnvFile): EnvFile {
    if (!path.includes("/ns/")) return file;
    this.open++;
    this.total++;
    this.most = Math.max(this.most, this.open);
    const close = file.close.bind(file);
    let isOpen = true;
    file.close = async () => {
      if (isOpen) this.open--;
      isOpen = false;
      await close();
    };
    return file;
  }
}
