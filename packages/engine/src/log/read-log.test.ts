import { describe, expect, it } from "vitest";
import { MemoryEnv } from "../storage/memory-env.js";
import type { AppendedEntry, ReplayedEntry } from "./log.js";
import { expectWhole, openTestLog, sequencesOf, upTo } from "./log-fixture.cases.js";
import { readLog } from "./read-log.js";

/** Three entries or so a file. */
const SMALL_FILES = { fileBytesMax: 200 };

async function read(env: MemoryEnv, from: number, until: number): Promise<ReplayedEntry[]> {
  const entries: ReplayedEntry[] = [];
  await readLog(env, "log", from, until, (entry) => {
    entries.push(entry);
  });
  return entries;
}

describe("a log that is read once more", () => {
  it("gives any stretch of whole entries, over files, while it is written to behind", async () => {
    const env = new MemoryEnv();
    const { log, append } = await openTestLog(env, SMALL_FILES);
    const appended: AppendedEntry[] = [];
    for (let i = 1; i <= 12; i++) appended.push(await append(i, 20 * i));
    expect(log.fileCount).toBeGreaterThan(3);
    const ends = [0, ...appended.map(({ end }) => end)];
    for (const [i, from] of ends.entries()) {
      for (const [k, until] of ends.entries()) {
        const [entries] = await Promise.all([read(env, from, until), append(100, 5)]);
        expect(sequencesOf(entries), `[${from}, ${until})`).toEqual(upTo(12).slice(i, Math.max(i, k)));
        expectWhole(entries);
      }
    }
    await log.close();
  });

  it("is DATA_CORRUPTED where a byte of the stretch changed, and nowhere else", async () => {
    const env = new MemoryEnv();
    const { log, append } = await openTestLog(env, SMALL_FILES);
    const appended: AppendedEntry[] = [];
    for (let i = 1; i <= 6; i++) appended.push(await append(i, 40));
    const [path] = env.paths();
    const bytes = env.readFile(path!);
    bytes[40 + appended[1]!.position + 33]! ^= 1;
    env.writeFile(path!, bytes);
    const { end } = appended[5]!;
    await expect(read(env, 0, end)).rejects.toMatchObject({ reason: "DATA_CORRUPTED" });
    expect(sequencesOf(await read(env, 0, appended[0]!.end))).toEqual([1]);
    expect(sequencesOf(await read(env, appended[1]!.end, end))).toEqual([3, 4, 5, 6]);
    await log.close();
  });

  it("is DATA_CORRUPTED where it was trimmed", async () => {
    const env = new MemoryEnv();
    const { log, append } = await openTestLog(env, SMALL_FILES);
    for (let i = 1; i <= 12; i++) await append(i, 100);
    await log.trim(log.end);
    await expect(read(env, 0, log.end)).rejects.toMatchObject({ reason: "DATA_CORRUPTED" });
    await log.close();
  });
});

describe("a replay", () => {
  it("begins in any file before that of the checkpoint", async () => {
    const env = new MemoryEnv();
    const { log, append } = await openTestLog(env, SMALL_FILES);
    const appended: AppendedEntry[] = [];
    for (let i = 1; i <= 12; i++) appended.push(await append(i, 60));
    await log.close();
    for (const { end } of appended) {
      const again = await openTestLog(env, { checkpointPosition: appended[10]!.end, replayFrom: end });
      expect(sequencesOf(again.entries)).toEqual(upTo(12).filter((i) => appended[i - 1]!.end > end));
      await again.log.close();
    }
  });
});
