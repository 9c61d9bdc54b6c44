import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockNodeDirectory } from "./node-env-lock.js";
import { type LockRecord, lockByFile, readLock, removeLock } from "./node-env-lock-file.js";
import { ownIdentity } from "./node-env-process.js";

const LINUX = process.platform === "linux";
/** Above the largest pid of Linux and macOS. */
const NO_PID = 2 ** 22 + 1;

let directory: string;
let children: ChildProcess[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "vecstore-lock-"));
  children = [];
});
afterEach(async () => {
  for (const child of children) await kill(child);
  await rm(directory, { recursive: true, force: true });
});

/** Runs JavaScript in another process until it prints a line. */
async function child(source: string): Promise<ChildProcess & { pid: number }> {
  const started = spawn(process.execPath, ["-e", source], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(started);
  await once(started.stdout!, "data");
  return started as ChildProcess & { pid: number };
}

async function kill(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const gone = once(process, "exit");
  process.kill("SIGKILL");
  await gone;
}

const LISTEN = (name: string) =>
  `require("node:net").createServer().listen(${JSON.stringify(name)}, () => console.log("ready"))`;
const IDLE = `setInterval(() => {}, 1e6); console.log("ready")`;

async function writeLock(record: Partial<LockRecord>): Promise<void> {
  const whole: LockRecord = { format: 1, ...(await ownIdentity()), ...record };
  await writeFile(join(directory, "LOCK"), JSON.stringify(whole));
}

const refused = { reason: "DATA_DIR_IN_USE", code: "failed_precondition" };

it("names the process and its start in LOCK, and leaves nothing when released", async () => {
  const lock = await lockNodeDirectory(directory);
  const record = JSON.parse(await readFile(join(directory, "LOCK"), "utf8")) as LockRecord;
  expect(record).toMatchObject({ format: 1, pid: process.pid });
  await expect(lockNodeDirectory(directory)).rejects.toMatchObject({
    ...refused,
    details: { pid: String(process.pid), startedAt: record.startedAt },
  });
  await lock.release();
  expect(await readdir(directory)).toEqual([]);
});

it("gives a directory to one of several that ask at once", async () => {
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => lockNodeDirectory(directory)));
  const locks = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  expect(locks).toHaveLength(1);
  await locks[0]!.release();
});

it("refuses an absent directory", async () => {
  await expect(lockNodeDirectory(join(directory, "no"))).rejects.toMatchObject({ kind: "not_found" });
});

describe.runIf(LINUX)("with sockets", () => {
  const abstractName = async () => {
    const { dev, ino } = await stat(directory, { bigint: true });
    return `\0vecstore-${dev}-${ino}`;
  };

  it("refuses while another process has the abstract socket, and takes over once it was killed", async () => {
    const holder = await child(LISTEN(await abstractName()));
    await writeLock({ pid: holder.pid, startedAt: "2024-01-02T03:04:05.000Z" });
    await expect(lockNodeDirectory(directory)).rejects.toMatchObject({
      ...refused,
      details: { pid: String(holder.pid), startedAt: "2024-01-02T03:04:05.000Z" },
    });
    await kill(holder);
    await (await lockNodeDirectory(directory)).release();
  });

  it("sees a holder in another network namespace by the socket in the directory", async () => {
    const holder = await child(LISTEN(join(directory, "LOCK.socket")));
    await writeLock({ pid: 1, netNamespace: "net:[1]", pidNamespace: "pid:[1]" });
    await expect(lockNodeDirectory(directory)).rejects.toMatchObject({ ...refused, details: { pid: "1" } });
    await kill(holder);
    expect(await readdir(directory)).toContain("LOCK.socket");
    // Killed, its socket refuses: a fact, though its pid 1 says nothing here.
    await (await lockNodeDirectory(directory)).release();
    expect(await readdir(directory)).toEqual([]);
  });

  it("keeps no process alive", async () => {
    // The same calls as in holdSocket; a child cannot load these sources.
    const source = `const s = require("node:net").createServer().listen("\\0vecstore-test-" + process.pid, () => { s.unref(); console.log("ready"); })`;
    const finished = await child(source);
    if (finished.exitCode === null) await once(finished, "exit");
    expect(finished.exitCode).toBe(0);
  });

  it.each<[string, Partial<LockRecord>, boolean]>([
    ["of an earlier start of the machine", { bootId: "0", netNamespace: "net:[1]", pidNamespace: "pid:[1]" }, true],
    ["of this network namespace, whose socket is free", {}, true],
    ["of another container, of which nothing can be seen", { netNamespace: "net:[1]", pidNamespace: "pid:[1]" }, false],
    ["of another network namespace, its pid alive", { netNamespace: "net:[1]" }, false],
    ["of another network namespace, its pid gone", { netNamespace: "net:[1]", pid: NO_PID }, true],
    ["of another network namespace, its pid another process by now", { netNamespace: "net:[1]", startMark: "1" }, true],
  ])("decides on a LOCK %s", async (_, record, stale) => {
    await writeLock(record);
    if (stale) await (await lockNodeDirectory(directory)).release();
    else await expect(lockNodeDirectory(directory)).rejects.toMatchObject(refused);
    expect(await readdir(directory)).toEqual(stale ? [] : ["LOCK"]);
  });

  it("does not guess from a LOCK it cannot read", async () => {
    await writeFile(join(directory, "LOCK"), "pid 12");
    await expect(lockNodeDirectory(directory)).rejects.toMatchObject(refused);
    expect(await readFile(join(directory, "LOCK"), "utf8")).toBe("pid 12");
  });

  it("works where the path is too long for a socket", async () => {
    const long = join(directory, "x".repeat(120));
    await mkdir(long);
    const lock = await lockNodeDirectory(long);
    expect(await readdir(long)).toEqual(["LOCK"]);
    await expect(lockNodeDirectory(long)).rejects.toMatchObject(refused);
    await lock.release();
  });
});

describe("by LOCK alone, as on other platforms", () => {
  it("refuses while the process lives and takes over when it is gone", async () => {
    const holder = await child(IDLE);
    // The mark of a child is its own; this process's would say that the pid was given to another.
    await writeLock({ pid: holder.pid, startMark: await markOf(holder.pid) });
    await expect(lockByFile(directory, await ownIdentity())).rejects.toMatchObject({
      ...refused,
      details: { pid: String(holder.pid) },
    });
    await kill(holder);
    await lockByFile(directory, await ownIdentity());
    expect(await readLock(directory)).toMatchObject({ pid: process.pid });
    expect(await readdir(directory)).toEqual(["LOCK"]);
    await removeLock(directory);
  });

  it("recognises a pid that another process has by now", async () => {
    await writeLock({ startMark: "1" });
    await lockByFile(directory, await ownIdentity());
  });

  it("goes by the start of the machine where there is no mark", async () => {
    await writeLock({ startMark: "", startedAt: new Date(0).toISOString() });
    await lockByFile(directory, await ownIdentity());
    await writeLock({ startMark: "" });
    await expect(lockByFile(directory, await ownIdentity())).rejects.toMatchObject(refused);
  });

  it.each(["", "{}", '{"format":1,"pid":-1,"startedAt":"x"}', '{"format":1,"pid":0,"startedAt":"x"}', "null"])(
    "does not guess from %j",
    async (content) => {
      await writeFile(join(directory, "LOCK"), content);
      await expect(lockByFile(directory, await ownIdentity())).rejects.toMatchObject(refused);
    },
  );
});

/** As node-env-process.ts reads it of this process. */
async function markOf(pid: number): Promise<string> {
  if (!LINUX) return "";
  const line = await readFile(`/proc/${pid}/stat`, "utf8");
  return line.slice(line.lastIndexOf(")") + 2).split(" ")[19]!;
}
