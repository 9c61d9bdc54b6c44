import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ServerName } from "./case.js";

const HARNESS = fileURLToPath(new URL("../harness.mjs", import.meta.url));

/** What came to a proxy. */
export interface Seen {
  readonly attempts: number;
  readonly requests: readonly { readonly path: string; readonly headers: object; readonly timeout_ms: number | null }[];
}

/** A proxy in front of a server. */
export interface FaultProxy {
  readonly url: string;
  seen(): Promise<Seen>;
  close(): Promise<void>;
}

interface Addresses {
  readonly servers: Readonly<Record<ServerName, string>>;
  readonly admin_key: string;
  readonly control: string;
}

/** The servers and proxies, in a process of their own. */
export class Harness {
  readonly #process: ChildProcess;
  readonly #addresses: Addresses;

  private constructor(process: ChildProcess, addresses: Addresses) {
    this.#process = process;
    this.#addresses = addresses;
  }

  /** Starts it and waits until all is ready. @throws Error when it ends instead; it prints why */
  static async start(): Promise<Harness> {
    const child = spawn(process.execPath, [HARNESS], { stdio: ["pipe", "pipe", "inherit"] });
    for await (const line of createInterface({ input: child.stdout! })) return new Harness(child, JSON.parse(line));
    throw new Error("the harness ended before it was ready");
  }

  url(server: ServerName): string {
    return this.#addresses.servers[server];
  }

  get adminKey(): string {
    return this.#addresses.admin_key;
  }

  async openProxy(server: ServerName, faults: unknown): Promise<FaultProxy> {
    const { id, url } = (await this.#ask("POST", "/proxies", { server, faults })) as {
      id: string;
      url: string;
    };
    return {
      url,
      seen: () => this.#ask("GET", `/proxies/${id}`) as Promise<Seen>,
      close: async () => void (await this.#ask("DELETE", `/proxies/${id}`)),
    };
  }

  /** Ends it and waits for its end. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.stdin!.end();
    await ended;
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(this.#addresses.control + path, { method, ...(body && { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`the harness refused ${method} ${path}: ${await answer.text()}`);
    return answer.json();
  }
}
