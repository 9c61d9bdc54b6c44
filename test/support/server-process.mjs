// The built server in a process of its own, for tests and benchmarks that use the product as its users do.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const COMMAND = fileURLToPath(new URL("../../packages/server/bin/vecstore.js", import.meta.url));
const POLL_MS = 10;

export class ServerProcess {
  #process;

  constructor(process, host, readyMs) {
    this.#process = process;
    this.host = host;
    this.readyMs = readyMs;
  }

  /**
   * @param {{ readyWithinMs?: number, args?: readonly string[], env?: Readonly<Record<string, string>>, onPrint?: (text: string) => void }} [options]
   *   `args`: flags of `vecstore serve`; `env`: beside this process's own; `onPrint`: told of all that it prints
   */
  static async start(dataFolder, { readyWithinMs = 20_000, args = [], env = {}, onPrint = () => {} } = {}) {
    const port = await freePort();
    const host = `localhost:${port}`;
    const start = performance.now();
    const flags = ["--listen", `127.0.0.1:${port}`, "--data", dataFolder, ...args];
    const child = spawn(process.execPath, [COMMAND, "serve", ...flags], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    const printed = keepLast(child, onPrint);
    if (await becomesReady(child, host, start + readyWithinMs))
      return new ServerProcess(child, host, performance.now() - start);
    await end(child, "SIGKILL");
    throw new Error(`the server was not ready within ${readyWithinMs} ms; it printed:\n${printed()}`);
  }

  /** On Linux; elsewhere NaN. */
  residentBytes() {
    try {
      const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.#process.pid}/status`, "utf8"));
      return Number(kibibytes) * 1024;
    } catch {
      return Number.NaN;
    }
  }

  /** Open now, sockets, libraries and the log included; on Linux, elsewhere NaN. */
  openFiles() {
    try {
      return readdirSync(`/proc/${this.#process.pid}/fd`).length;
    } catch {
      return Number.NaN;
    }
  }

  async stop(signal = "SIGTERM") {
    await end(this.#process, signal);
  }
}

async function end(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

/** Reads what a process prints, so that it never blocks, and keeps the end of it. */
function keepLast(child, onPrint) {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk) => {
      text = (text + chunk).slice(-10_000);
      onPrint(chunk);
    });
  }
  return () => text;
}

async function becomesReady(child, host, deadline) {
  while (performance.now() < deadline && child.exitCode === null) {
    const answer = await fetch(`http://${host}/ready`).catch(() => undefined);
    if (answer?.ok) return true;
    await pause(POLL_MS);
  }
  return false;
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}
