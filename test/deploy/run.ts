import { spawn } from "node:child_process";
import { once } from "node:events";

/** What a program printed, after it ended with 0. */
export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. @throws Error with all that it printed, when the exit status is not 0 */
export async function run(command: string, args: readonly string[], input = ""): Promise<Ran> {
  const { status, stdout, stderr } = await tryRun(command, args, input);
  if (status !== 0) throw new Error(`${[command, ...args].join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return { stdout, stderr };
}

/** Runs a program to its end, whatever that is. */
export async function tryRun(
  command: string,
  args: readonly string[],
  input = "",
): Promise<Ran & { readonly status: number | null }> {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      printed[name] += text;
    });
  }
  // A program may end before it reads.
  child.stdin.on("error", () => {}).end(input);
  const [status] = (await once(child, "close")) as [number | null];
  return { status, ...printed };
}
