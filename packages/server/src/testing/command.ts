import { vi } from "vitest";
import { runCommand } from "../cli/run.js";

/** What a command did. */
export interface CommandOutcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `vecstore` in this process, and tells its exit status and what it printed. No other output may be under way. */
export async function runForTest(...args: string[]): Promise<CommandOutcome> {
  let [out, err] = ["", ""];
  const [stdout, stderr] = [vi.spyOn(process.stdout, "write"), vi.spyOn(process.stderr, "write")];
  stdout.mockImplementation(sink((text) => (out += text)));
  stderr.mockImplementation(sink((text) => (err += text)));
  try {
    const status = await runCommand(args, () => Promise.reject(new Error("not started")));
    return { status, out, err };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
}

/** Takes what a stream's `write` takes, and tells the callback, as a stream does. */
function sink(take: (text: string) => void): typeof process.stdout.write {
  return ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    take(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"));
    const done = rest.find((each) => typeof each === "function") as (() => void) | undefined;
    if (done !== undefined) queueMicrotask(done);
    return true;
  }) as typeof process.stdout.write;
}

/** Makes standard output a terminal, or none, until what it returns is called. */
export function pretendTerminal(isTTY: boolean): () => void {
  const before = process.stdout.isTTY;
  process.stdout.isTTY = isTTY;
  return () => {
    process.stdout.isTTY = before;
  };
}
