// A process of the benchmark `lane`, and how it is asked.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const CONTESTANT = fileURLToPath(new URL("lane-contestant.mjs", import.meta.url));

/** Flags of Node for all of them. */
let nodeFlags = [];

/** @param {string[]} flags  for who starts from now on */
export function useNodeFlags(flags) {
  nodeFlags = flags;
}

/** One server, or the engine alone. */
export class Contestant {
  #process;
  #waiting = new Map();
  #nextId = 0;

  static async start(kind, folder, serverOptions) {
    const child = fork(CONTESTANT, [kind, folder, JSON.stringify(serverOptions)], {
      execArgv: nodeFlags,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const self = new Contestant();
    self.#process = child;
    const ready = new Promise((resolve, reject) => {
      child.on("exit", (code) => reject(new Error(`${kind} ended with ${code}`)));
      child.on("message", ({ ready: ports, id, result }) => {
        if (ports !== undefined) return resolve(ports);
        self.#waiting.get(id)(result);
        self.#waiting.delete(id);
      });
    });
    self.ports = await ready;
    return self;
  }

  ask(what, given = {}) {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#process.send({ id, what, ...given });
    });
  }

  /** What `work` cost this process. */
  async used(work) {
    const before = await this.ask("cpu");
    const startMs = performance.now();
    await work();
    const wallMs = performance.now() - startMs;
    const after = await this.ask("cpu");
    return { cpuUs: after.cpuUs - before.cpuUs, mainUs: after.mainUs - before.mainUs, wallMs };
  }

  /** It closes what it has first. */
  async stop() {
    const ended = once(this.#process, "exit");
    this.#process.disconnect();
    await ended;
  }
}
