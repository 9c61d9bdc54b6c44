import { execFile } from "node:child_process";
import { readFile, readlink } from "node:fs/promises";
import { uptime } from "node:os";
import { promisify } from "node:util";

/** Tells one process of one machine from every other. A mark that the platform does not give is "". */
export interface ProcessIdentity {
  readonly pid: number;
  /** ISO 8601, for people and as the last resort of a platform without a start mark. */
  readonly startedAt: string;
  /** When the process began, as the platform writes it: a later process with the same pid has another. */
  readonly startMark: string;
  /** Changes with each start of the machine. Linux. */
  readonly bootId: string;
  /** Which processes see each other's pids. Linux. */
  readonly pidNamespace: string;
  /** Which processes see each other's abstract sockets. Linux. */
  readonly netNamespace: string;
}

/** Clocks are set now and then; the start of a machine is known to about this. */
const BOOT_TIME_TOLERANCE_MS = 60_000;

/** The pid, boot and start time of this process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  return {
    pid: process.pid,
    startedAt: new Date(Date.now() - process.uptime() * 1000).toISOString(),
    startMark: await startMark(process.pid),
    bootId: (await orEmpty(readFile("/proc/sys/kernel/random/boot_id", "utf8"))).trim(),
    pidNamespace: await orEmpty(readlink("/proc/self/ns/pid")),
    netNamespace: await orEmpty(readlink("/proc/self/ns/net")),
  };
}

/**
 * Whether the process that wrote `identity` runs, for a caller who sees its pids.
 *
 * @returns "gone" and "alive" are facts; "unknown" when the platform does not tell
 */
export async function processState(identity: ProcessIdentity): Promise<"alive" | "gone" | "unknown"> {
  if (!pidExists(identity.pid)) return "gone";
  const mark = await startMark(identity.pid);
  if (mark !== "" && identity.startMark !== "") return mark === identity.startMark ? "alive" : "gone";
  const bootedAt = Date.now() - uptime() * 1000;
  return Date.parse(identity.startedAt) < bootedAt - BOOT_TIME_TOLERANCE_MS ? "gone" : "unknown";
}

function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs as another user.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

async function startMark(pid: number): Promise<string> {
  if (process.platform === "win32") return "";
  if (process.platform !== "linux") return psStartMark(pid);
  const stat = await orEmpty(readFile(`/proc/${pid}/stat`, "utf8"));
  // Field 22, clock ticks since the machine began; the name before it may hold spaces and brackets. See proc(5).
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

async function psStartMark(pid: number): Promise<string> {
  const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
  const call = promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)], { env });
  return orEmpty(call.then(({ stdout }) => stdout.trim()));
}

async function orEmpty(value: Promise<string>): Promise<string> {
  try {
    return await value;
  } catch {
    return "";
  }
}
