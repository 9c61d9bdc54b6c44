import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Target } from "./http.js";
import { until } from "./server.js";

const COMMAND = fileURLToPath(new URL("../../../packages/server/bin/vecstore.js", import.meta.url));

/** The same server by its name: TLS knows no names that are addresses. */
export const byName = ({ url }: Target): Target => ({ url: url.replace("127.0.0.1", "localhost") });

/** The command in a process of its own, as users run it. */
export class VecstoreProcess {
  readonly #child: ChildProcess;
  /** What it printed so far. */
  stdout = "";
  stderr = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout!.setEncoding("utf8").on("data", (text) => {
      this.stdout += text;
    });
    child.stderr!.setEncoding("utf8").on("data", (text) => {
      this.stderr += text;
    });
  }

  /** Runs `vecstore` with these arguments, and with none of this process's own settings. @param cwd  default: that of this process */
  static run(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd?: string): VecstoreProcess {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("VECSTORE_"));
    const options = { env: { ...Object.fromEntries(inherited), ...env }, cwd };
    return new VecstoreProcess(spawn(process.execPath, [COMMAND, ...args], options));
  }

  /** Runs a server on a free loopback port over a directory, and waits until it is ready. */
  static async serve(data: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    const server = VecstoreProcess.run(["serve", "--listen", "127.0.0.1:0", "--data", data, ...args], env);
    const url = await server.url();
    await server.prints('"msg":"ready"');
    return Object.assign(server, { target: { url } satisfies Target });
  }

  /** The address in the line that says where it listens. */
  async url(): Promise<string> {
    const line = await this.prints('"msg":"listening"');
    const { addresses, tls } = JSON.parse(line);
    return `${tls ? "https" : "http"}://${addresses[0]}`;
  }

  /** The first line of standard output that holds `text`. @throws Error with all output when the process ends first */
  prints(text: string): Promise<string> {
    return until(`a line with ${text}`, () => {
      const found = this.stdout
        .split("\n")
        .slice(0, -1)
        .find((line) => line.includes(text));
      if (found === undefined && this.hasEnded) throw new Error(`it ended:\n${this.stdout}${this.stderr}`);
      return found;
    });
  }

  /** Its standard input. */
  get stdin(): Writable {
    return this.#child.stdin!;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits for the end. @returns the exit status, or the name of the signal that ended it */
  async ended(): Promise<number | NodeJS.Signals> {
    if (this.#child.stdout!.readableEnded === false || !this.hasEnded) await once(this.#child, "close");
    return this.#child.exitCode ?? this.#child.signalCode!;
  }

  /** For `afterEach`: ends it in any case. */
  async kill(): Promise<void> {
    if (this.hasEnded) return;
    this.signal("SIGKILL");
    await once(this.#child, "exit");
  }
}
