import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Project } from "./project.js";

const READY_MS = 60_000;

/** The command of an installed package, in a process of its own. */
export class InstalledServer {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** Starts it on a free loopback port over a folder of the project, and waits until it is ready. */
  static async start(project: Project, args: readonly string[] = []): Promise<InstalledServer> {
    const serve = ["serve", "--listen", "127.0.0.1:0", "--data", project.path("data"), ...args];
    const child = spawn(project.path("node_modules/.bin/vecstore"), serve, { stdio: ["ignore", "pipe", "pipe"] });
    let printed = "";
    const keep = (text: string) => {
      printed += text;
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    const deadline = AbortSignal.timeout(READY_MS);
    while (!printed.includes('"msg":"ready"')) {
      if (child.exitCode !== null) throw new Error(`it ended:\n${printed}`);
      await Promise.race([once(child.stdout, "data", { signal: deadline }), once(child, "exit")]);
    }
    const line = printed.split("\n").find((each) => each.includes('"msg":"listening"'))!;
    return new InstalledServer(child, `http://${JSON.parse(line).addresses[0]}`);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }
}
