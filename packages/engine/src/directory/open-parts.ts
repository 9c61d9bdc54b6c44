import type { OpenedPart } from "../segment/vector-blocks.js";
import { type EnvFile, joinPath } from "../storage/env.js";
import type { LimitedEnv } from "../storage/limited-env.js";

/** The right to hold one part open. */
export interface PartHold {
  /** Once. @throws VecstoreError what the disk threw */
  open(): Promise<OpenedPart>;
  end(): void;
}

/**
 * The part files of one namespace that segments read their vectors from. Such a file stays on the disk until the last one has
 * closed it, also when no manifest names it any more.
 */
export class OpenParts {
  readonly #env: LimitedEnv;
  readonly #directory: string;
  /** By name: how often it is open. */
  readonly #readers = new Map<string, number>();
  /** Names of files to be removed by whoever closes them last. */
  readonly #unwanted = new Set<string>();
  readonly #closing = new Set<Promise<void>>();

  constructor(env: LimitedEnv, directory: string) {
    this.#env = env;
    this.#directory = directory;
  }

  /** Parts that are open. */
  get openCount(): number {
    return this.#readers.size;
  }

  /**
   * Takes the right to hold a part open; undefined when too many files are. Whoever gets it calls `end` when the part was opened, or
   * will not be.
   */
  tryHold(name: string): PartHold | undefined {
    if (!this.#env.tryHold()) return undefined;
    let isOpened = false;
    return {
      open: async () => {
        const part = await this.#open(name);
        isOpened = true;
        return part;
      },
      end: () => {
        if (!isOpened) this.#env.endHold();
      },
    };
  }

  async #open(name: string): Promise<OpenedPart> {
    // Before anything is awaited: from here on nobody removes the file.
    this.#readers.set(name, (this.#readers.get(name) ?? 0) + 1);
    try {
      const file = await this.#env.openHeld(joinPath(this.#directory, name));
      return { file, close: (idle) => this.#close(name, file, idle) };
    } catch (error) {
      await this.#letGo(name);
      throw error;
    }
  }

  /** Removes a file now, or when it is read no more. */
  async remove(name: string): Promise<void> {
    if (this.#readers.has(name)) this.#unwanted.add(name);
    else await this.#env.remove(joinPath(this.#directory, name));
  }

  /** Returns when all files are closed whose segments were let go. */
  async closed(): Promise<void> {
    await Promise.allSettled(this.#closing);
  }

  #close(name: string, file: EnvFile, idle: Promise<unknown>): Promise<void> {
    const closing = idle
      .then(() => file.close())
      .finally(() => {
        this.#env.endHold();
        return this.#letGo(name);
      });
    this.#closing.add(closing);
    return closing.finally(() => this.#closing.delete(closing));
  }

  async #letGo(name: string): Promise<void> {
    const rest = this.#readers.get(name)! - 1;
    this.#readers.set(name, rest);
    if (rest > 0) return;
    this.#readers.delete(name);
    // What cannot be removed now is an orphan, which the next checkpoint or opening removes.
    if (this.#unwanted.delete(name)) await this.#env.remove(joinPath(this.#directory, name)).catch(() => undefined);
  }
}
