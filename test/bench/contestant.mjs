// An engine in a process of its own, so that engines disturb each other's memory, threads and native modules as little as can be.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ENGINES } from "./engines.mjs";
import { CACHE } from "./report.mjs";

const MAIN = fileURLToPath(new URL("./contestant-main.mjs", import.meta.url));
const CALL_MINUTES_MAX = 120;
/** So that the processes of engines that read it start with one thread. */
const ONE_THREAD = { OMP_NUM_THREADS: "1" };

export class Contestant {
  #child;
  #folder;

  constructor(name, child, folder) {
    this.name = name;
    this.kind = ENGINES[name];
    this.#child = child;
    this.#folder = folder;
  }

  /**
   * Starts the process; the engine begins with the first call.
   *
   * @param {string} name  of ENGINES
   * @param {Omit<import("./engines.mjs").Task, "folder">} task
   * @param {string} [folder]  of `createFolder`; the caller removes it
   */
  static async start(name, task, folder) {
    const argument = JSON.stringify({ ...task, folder });
    const child = fork(MAIN, [name, argument], {
      serialization: "advanced",
      execArgv: ["--expose-gc", "--max-old-space-size=16384"],
      env: { ...process.env, ...ONE_THREAD, ...ENGINES[name].env },
    });
    await once(child, "spawn");
    return new Contestant(name, child, folder);
  }

  /** One call of contestant-main.mjs. @throws when it fails, or the process ends */
  async call(call, input) {
    const ended = new AbortController();
    const limit = setTimeout(() => this.#child.kill("SIGKILL"), CALL_MINUTES_MAX * 60_000);
    try {
      this.#child.send({ call, input });
      const [answer] = await Promise.race([
        once(this.#child, "message", { signal: ended.signal }),
        once(this.#child, "exit", { signal: ended.signal }).then(([code, signal]) => {
          throw new Error(`the process of ${this.name} ended with ${signal ?? code} while it was to ${call}`);
        }),
      ]);
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer.output;
    } finally {
      clearTimeout(limit);
      ended.abort();
    }
  }

  /** @param {Float32Array[]} queries */
  sendQueries(dimension, queries) {
    const values = new Float32Array(queries.length * dimension);
    for (const [at, query] of queries.entries()) values.set(query, at * dimension);
    return this.call("queries", { dimension, values });
  }

  /** Closes the engine, writing what it writes then, and ends the process. */
  async stop() {
    await this.call("close").catch(() => {});
    await this.kill();
  }

  async kill() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }

  get folder() {
    return this.#folder;
  }
}

/** A fresh folder in the cache. */
export function createFolder() {
  mkdirSync(CACHE, { recursive: true });
  return mkdtempSync(join(CACHE, "data-"));
}

export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true });
}

/** Bytes of all files below a folder. */
export function diskBytes(folder) {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
  }
  return bytes;
}
