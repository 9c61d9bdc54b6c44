import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { NamespacedVecStore, type RecordInput, type StoredRecord, VecStore } from "@vecstore/engine";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { callOf, DIMENSION, WRITERS } from "./script.mjs";

/** `VECSTORE_CRASH_ROUNDS=10 npm test -- test/crash` for more. */
const ROUNDS = Number(process.env.VECSTORE_CRASH_ROUNDS ?? 3);
const SEED = Number(process.env.VECSTORE_CRASH_SEED ?? 1);
const LOADER = fileURLToPath(new URL("./loader.mjs", import.meta.url));

let directory: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "vecstore-crash-"));
});

afterEach(() => {
  child?.kill("SIGKILL");
  child = undefined;
  rmSync(directory, { recursive: true, force: true });
});

/** The calls of one writer that are known to be done, and the one that may be. */
interface WriterLog {
  readonly done: number[];
  next: number;
}

/** Starts a process that writes; `line` hears what it prints, without the newline. */
function startLoader(firsts: readonly number[], line: (text: string) => void): ChildProcess {
  child = spawn(process.execPath, [LOADER, directory, firsts.join(",")], { stdio: ["ignore", "pipe", "inherit"] });
  createInterface({ input: child.stdout! }).on("line", line);
  return child;
}

async function kill(process: ChildProcess): Promise<void> {
  const closed = once(process, "close");
  process.kill("SIGKILL");
  const [code, signal] = await closed;
  expect({ code, signal }).toEqual({ code: null, signal: "SIGKILL" });
}

/** Lets all writers write until `answers` calls were answered, then kills the process; notes what was answered. */
async function writeAndKill(writers: readonly WriterLog[], answers: number): Promise<void> {
  let seen = 0;
  await new Promise<void>((resolve, reject) => {
    const loader = startLoader(
      writers.map(({ next }) => next),
      (text) => {
        const [writer, number] = text.split(" ").map(Number);
        if (number === undefined) return;
        const log = writers[writer!]!;
        expect(number).toBe(log.next);
        log.done.push(number);
        log.next++;
        if (++seen === answers) kill(loader).then(resolve, reject);
      },
    );
    loader.once("close", () => (seen < answers ? reject(new Error(`it ended after ${seen} calls`)) : undefined));
  });
}

function recordsAfter(writer: number, calls: readonly number[]): Map<string, RecordInput> {
  const records = new Map<string, RecordInput>();
  for (const number of calls) {
    const call = callOf(writer, number);
    if (call.kind === "delete") for (const id of call.ids) records.delete(id);
    else for (const record of call.records) records.set(record.id, record);
  }
  return records;
}

function bitsOf(record: RecordInput | StoredRecord): string {
  const vector = record.vector as Float32Array;
  const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("hex");
  return JSON.stringify([record.id, bytes, record.metadata, record.text ?? null]);
}

async function readAll(store: VecStore): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for (let pageToken: string | undefined; ; ) {
    const page = await store.list({ pageSize: 1_000, pageToken, includeVector: true, includeText: true });
    records.push(...page.records);
    pageToken = page.nextPageToken;
    if (pageToken === undefined) return records;
  }
}

/** Compares the records of one writer with what was answered, or with that and the call that was under way. */
function settle(writer: number, log: WriterLog, found: readonly StoredRecord[]): void {
  const own = found
    .filter(({ id }) => id.startsWith(`w${writer}-`))
    .map(bitsOf)
    .sort();
  const expected = (calls: readonly number[]) => [...recordsAfter(writer, calls).values()].map(bitsOf).sort();
  const underWay = [...log.done, log.next];
  const isDone = JSON.stringify(own) === JSON.stringify(expected(underWay));
  if (!isDone) expect(own, `writer ${writer} after ${log.done.length} calls`).toEqual(expected(log.done));
  if (isDone) log.done.push(log.next);
  log.next++;
}

describe("a process that is killed while it writes", () => {
  it(`loses nothing that it answered, in ${ROUNDS} rounds`, async () => {
    const writers = Array.from({ length: WRITERS }, (): WriterLog => ({ done: [], next: 0 }));
    for (let round = 0; round < ROUNDS; round++) {
      const answers = 60 + ((SEED * 7_919 + round * 104_729) % 400);
      await writeAndKill(writers, answers);
      const directoryStore = await NamespacedVecStore.open(directory);
      const { entries, durationMs, cut } = directoryStore.recovery;
      const store = await directoryStore.namespace("default");
      const records = await readAll(store);
      for (const [writer, log] of writers.entries()) settle(writer, log, records);
      expect(await store.count()).toBe(records.length);
      const nearest = await store.query({ vector: records[0]!.vector as Float32Array, limit: 1 });
      expect(nearest.results).toHaveLength(1);
      await directoryStore.close();
      const facts = `${entries} entries replayed in ${durationMs.toFixed(1)} ms, ${cut?.bytes ?? 0} bytes cut`;
      console.log(`round ${round}, seed ${SEED}: killed after ${answers} answers; ${facts}; ${records.length} records`);
    }
  }, 120_000);
});

describe("a data directory that another process has open", () => {
  it("is refused with that process's pid, and free as soon as it is killed", async () => {
    const loader = await new Promise<ChildProcess>((resolve, reject) => {
      const started = startLoader([0, 0, 0, 0], (text) => (text === "open" ? resolve(started) : undefined));
      started.once("close", (code) => reject(new Error(`it ended with ${code}`)));
    });
    await expect(VecStore.open(directory)).rejects.toMatchObject({
      reason: "DATA_DIR_IN_USE",
      details: { pid: String(loader.pid) },
    });
    await kill(loader);
    const store = await VecStore.open(directory, { dimension: DIMENSION });
    await expect(VecStore.open(directory)).rejects.toMatchObject({ details: { pid: String(process.pid) } });
    await store.close();
  });
});
