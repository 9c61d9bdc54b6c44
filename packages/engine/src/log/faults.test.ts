import { describe, expect, it } from "vitest";
import { VecstoreError } from "../errors.js";
import { FaultyEnv, type OperationKind } from "../storage/faulty-env.js";
import { MemoryEnv } from "../storage/memory-env.js";
import { createRandom } from "../storage/random.js";
import type { AppendedEntry, FsyncPolicy } from "./log.js";
import { expectWhole, openTestLog, sequencesOf, type TestLog, upTo } from "./log-fixture.cases.js";

const FILE_BYTES_MAX = 700;

/** What the callers of one log learned. */
interface History {
  readonly acknowledged: AppendedEntry[];
  /** Refused by a log that goes on: these must never come back. */
  readonly refused: number[];
  /** Up to here the owner needs nothing any more. */
  checkpoint: number;
  nextSequence: number;
}

function newHistory(): History {
  return { acknowledged: [], refused: [], checkpoint: 0, nextSequence: 1 };
}

async function append(log: TestLog, history: History, length: number): Promise<void> {
  const sequence = history.nextSequence++;
  try {
    history.acknowledged.push(await log.append(sequence, length));
  } catch (error) {
    expect(error).toBeInstanceOf(VecstoreError);
    const { reason } = error as VecstoreError;
    if (reason === "STORE_STOPPED") return;
    expect(reason).toMatch(/^(DISK_FULL|INTERNAL)$/);
    history.refused.push(sequence);
  }
}

/** Opens, appends in groups across rotations, checkpoints, trims and closes; stops at the first step that is not an append. */
async function scenario(env: FaultyEnv, history: History, fsync: FsyncPolicy = "always"): Promise<void> {
  const options = {
    replayFrom: history.checkpoint,
    checkpointPosition: history.checkpoint,
    fileBytesMax: FILE_BYTES_MAX,
  };
  try {
    const opened = await openTestLog(env, { ...options, fsync });
    for (let round = 0; round < 6; round++) {
      await Promise.all([10, 300, 0, 90].map((length) => append(opened, history, length + round)));
      if (round === 3) {
        await opened.log.sync();
        const position = history.acknowledged.at(-3)?.end ?? history.checkpoint;
        history.checkpoint = position;
        await opened.log.trim(position);
      }
    }
    for (const { sequence } of opened.durable) expect(history.refused).not.toContain(sequence);
    await opened.log.close();
  } catch (error) {
    expect(error).toBeInstanceOf(VecstoreError);
  }
}

/** Opens what is left and compares it with what the callers learned. */
async function expectKept(env: MemoryEnv | FaultyEnv, history: History, what: string): Promise<void> {
  const { checkpoint: position } = history;
  const opened = await openTestLog(env, { replayFrom: position, checkpointPosition: position });
  const found = sequencesOf(opened.entries);
  const expected = history.acknowledged.filter((entry) => entry.position >= position);
  expect(found, what).toEqual(expect.arrayContaining(sequencesOf(expected)));
  for (const sequence of history.refused) expect(found, what).not.toContain(sequence);
  expectWhole(opened.entries);
  await opened.append(1_000_000, 40);
  await opened.log.close();
  const again = await openTestLog(env, { replayFrom: position, checkpointPosition: position });
  expect(sequencesOf(again.entries), what).toEqual([...found, 1_000_000]);
  await again.log.close();
}

describe("an operation that fails", () => {
  const kinds: (OperationKind | undefined)[] = [
    undefined,
    "write",
    "sync",
    "truncate",
    "create",
    "syncDirectory",
    "remove",
  ];

  it.each(kinds)("keeps all that was acknowledged and nothing that was refused, whichever %s it is", async (kind) => {
    for (let at = 1, done = false; !done; at++) {
      const env = new FaultyEnv(new MemoryEnv());
      env.fail({ at, kind });
      const history = newHistory();
      await scenario(env, history);
      done = env.count(kind) < at;
      for (const seed of [1, 2, 3]) await expectKept(env.crash(seed), history, `operation ${at}, seed ${seed}`);
    }
  });

  it("keeps them also when the process ends and the machine does not", async () => {
    for (let at = 1, done = false; !done; at++) {
      const disk = new MemoryEnv();
      const env = new FaultyEnv(disk);
      env.fail({ at, times: 3 });
      const history = newHistory();
      await scenario(env, history);
      done = env.count() < at;
      await expectKept(disk, history, `operation ${at}`);
    }
  });
});

describe("a power cut", () => {
  it("keeps all that was acknowledged, at any operation and whatever the disk did with the rest", async () => {
    for (let at = 1, done = false; !done; at++) {
      const env = new FaultyEnv(new MemoryEnv());
      env.fail({ at, error: "power" });
      const history = newHistory();
      await scenario(env, history);
      done = env.count() < at;
      for (let seed = 0; seed < 25; seed++)
        await expectKept(env.crash(seed), { ...history }, `operation ${at}, seed ${seed}`);
    }
  });

  it("can follow another, many times", async () => {
    for (let seed = 0; seed < 40; seed++) {
      const random = createRandom(seed);
      const history = newHistory();
      let disk = new MemoryEnv();
      for (let round = 0; round < 5; round++) {
        const env = new FaultyEnv(disk);
        env.fail({ at: 1 + Math.floor(random() * 90), error: "power" });
        await scenario(env, history);
        disk = env.crash(seed * 100 + round);
        const options = { replayFrom: history.checkpoint, checkpointPosition: history.checkpoint };
        const { entries, log } = await openTestLog(disk, options);
        const expected = history.acknowledged.filter(({ position }) => position >= history.checkpoint);
        expect(sequencesOf(entries), `seed ${seed}, round ${round}`).toEqual(
          expect.arrayContaining(sequencesOf(expected)),
        );
        await log.close();
      }
    }
  });

  it.each<FsyncPolicy>(["never", { intervalMs: 1e9 }])(
    "loses only what no sync saved under %j, and never the middle",
    async (fsync) => {
      for (let seed = 0; seed < 60; seed++) {
        const env = new FaultyEnv(new MemoryEnv());
        const opened = await openTestLog(env, { fsync, fileBytesMax: 4_000 });
        for (const sequence of upTo(10)) await opened.append(sequence, 200);
        await opened.log.sync();
        for (let sequence = 11; sequence <= 60; sequence++) await opened.append(sequence, 200);
        const { entries } = await openTestLog(env.crash(seed));
        expect(entries.length).toBeGreaterThanOrEqual(10);
        expect(sequencesOf(entries)).toEqual(upTo(entries.length));
        expectWhole(entries);
      }
    },
  );
});

describe("a full disk", () => {
  it("refuses the group that does not fit and takes writes again when there is space", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const { log, append, durable } = await openTestLog(env);
    await append(1, 100);
    const { end } = log;
    env.limitSpace(200);
    const group = [append(2, 100), append(3, 100)];
    for (const refused of group)
      await expect(refused).rejects.toMatchObject({ reason: "DISK_FULL", code: "unavailable" });
    expect([log.end, log.durableUpTo]).toEqual([end, end]);
    // What was cut back fits a smaller one.
    await append(4, 100);
    await expect(append(5, 100)).rejects.toMatchObject({ reason: "DISK_FULL" });
    env.heal();
    await append(6, 1000);
    expect(sequencesOf(durable)).toEqual([1, 4, 6]);
    for (let seed = 0; seed < 10; seed++) {
      expect(sequencesOf((await openTestLog(env.crash(seed))).entries)).toEqual([1, 4, 6]);
    }
  });

  it("refuses what would begin a new file, and begins it when there is space", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const { append, log } = await openTestLog(env, { fileBytesMax: 100 });
    await append(1, 100);
    for (const space of [0, 39, 40]) {
      env.limitSpace(space);
      await expect(append(2, 100)).rejects.toMatchObject({ reason: "DISK_FULL" });
    }
    env.heal();
    await append(3, 100);
    env.fail({ at: 1, kind: "create", error: "no_space" });
    await expect(append(4, 100)).rejects.toMatchObject({ reason: "DISK_FULL" });
    await append(5, 100);
    // The header cannot be written, and then what was made of the file cannot be removed.
    env.fail({ at: 1, kind: "write", error: "no_space" });
    env.fail({ at: 2, kind: "remove" });
    await expect(append(6, 100)).rejects.toMatchObject({ reason: "DISK_FULL" });
    await append(7, 100);
    await log.close();
    expect(sequencesOf((await openTestLog(env)).entries)).toEqual([1, 3, 5, 7]);
  });

  it("leaves a refused entry dead after a power cut too", async () => {
    for (let seed = 0; seed < 50; seed++) {
      const env = new FaultyEnv(new MemoryEnv());
      const { append } = await openTestLog(env);
      await append(1, 10);
      env.limitSpace(9_000);
      // The first of the two is whole on the disk before the space ends.
      const refused = await Promise.allSettled([append(2, 4_000), append(3, 8_000)]);
      expect(refused.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
      expect(sequencesOf((await openTestLog(env.crash(seed))).entries)).toEqual([1]);
    }
  });
});

describe("an opening that fails", () => {
  it("closes every file it opened, whichever operation fails", async () => {
    const disk = new MemoryEnv();
    const first = await openTestLog(disk, { fileBytesMax: 100 });
    for (const sequence of upTo(3)) await first.append(sequence, 100);
    await first.log.close();
    for (let at = 1, done = false; !done; at++) {
      const env = new FaultyEnv(disk);
      let open = 0;
      const openFile = env.openFile.bind(env);
      env.openFile = async (path) => {
        const file = await openFile(path);
        const close = file.close.bind(file);
        open++;
        file.close = () => {
          open--;
          return close();
        };
        return file;
      };
      env.fail({ at });
      const opened = await openTestLog(env).catch(() => undefined);
      done = env.count() < at;
      await opened?.log.close();
      expect(open, `operation ${at}`).toBe(0);
    }
  });
});

describe("a process that died", () => {
  /** Opens the same machine again, appends, and cuts the power: what was replayed must be as durable as what was acknowledged. */
  async function expectDurable(
    env: FaultyEnv,
    sequences: number[],
    options: { fileBytesMax?: number } = {},
  ): Promise<void> {
    const again = await openTestLog(env, options);
    expect(sequencesOf(again.entries)).toEqual(sequences);
    for (let seed = 0; seed < 20; seed++) {
      expect(sequencesOf((await openTestLog(env.image(seed))).entries), `seed ${seed}`).toEqual(sequences);
    }
    await again.append(100, 10);
    for (let seed = 0; seed < 20; seed++) {
      expect(sequencesOf((await openTestLog(env.crash(seed))).entries)).toEqual([...sequences, 100]);
    }
  }

  it("had not synced: what the next one replays is synced first", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const { append } = await openTestLog(env, { fsync: "never" });
    for (const sequence of upTo(5)) await append(sequence, 3_000);
    await expectDurable(env, upTo(5));
  });

  it("could not sync: what the next one replays is written again, since the system takes it for saved", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const { append } = await openTestLog(env);
    await append(1, 3_000);
    env.fail({ at: 1, kind: "sync" });
    const group = await Promise.allSettled([append(2, 3_000), append(3, 2_000_000)]);
    expect(group.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await expectDurable(env, [1, 2, 3]);
  });

  it("had not synced the name of a new file", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const { append } = await openTestLog(env, { fileBytesMax: 100 });
    await append(1, 100);
    env.fail({ at: 1, kind: "syncDirectory" });
    await expect(append(2, 100)).rejects.toMatchObject({ reason: "STORE_STOPPED" });
    await expectDurable(env, [1], { fileBytesMax: 100 });
  });
});

describe("a failed sync", () => {
  it("stops the log: its group, what waits and what comes later are refused, and no sync is tried again", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const { log, append, durable } = await openTestLog(env);
    await append(1, 10);
    env.fail({ at: 1, kind: "sync" });
    const first = append(2, 10);
    const group = [first, append(3, 10), log.sync()];
    for (const refused of group) await expect(refused).rejects.toMatchObject({ reason: "STORE_STOPPED" });
    const syncs = env.count("sync");
    for (const refused of [append(4, 10), log.sync(), log.trim(0)]) {
      await expect(refused).rejects.toMatchObject({ reason: "STORE_STOPPED", cause: { kind: "io" } });
    }
    await log.close();
    expect(env.count("sync")).toBe(syncs);
    expect(sequencesOf(durable)).toEqual([1]);
    for (let seed = 0; seed < 20; seed++) {
      expect(sequencesOf((await openTestLog(env.crash(seed))).entries)).toEqual([1]);
    }
  });

  it("stops it also at a rotation, a trim, a timer, and when a cut fails", async () => {
    const stopped = { reason: "STORE_STOPPED" };
    const rotation = new FaultyEnv(new MemoryEnv());
    const rotating = await openTestLog(rotation, { fileBytesMax: 10 });
    await rotating.append(1, 10);
    rotation.fail({ at: 1, kind: "syncDirectory" });
    await expect(rotating.append(2, 10)).rejects.toMatchObject(stopped);

    const cutting = new FaultyEnv(new MemoryEnv());
    const cut = await openTestLog(cutting);
    cutting.fail({ at: 1, kind: "write" });
    cutting.fail({ at: 1, kind: "truncate" });
    await expect(cut.append(1, 10)).rejects.toMatchObject(stopped);
    await expect(cut.append(2, 10)).rejects.toMatchObject(stopped);

    const trimming = new FaultyEnv(new MemoryEnv());
    const trimmed = await openTestLog(trimming, { fileBytesMax: 10 });
    for (const sequence of upTo(3)) await trimmed.append(sequence, 10);
    trimming.fail({ at: 1, kind: "syncDirectory" });
    await expect(trimmed.log.trim(trimmed.log.end)).rejects.toMatchObject(stopped);
    await expect(trimmed.append(4, 10)).rejects.toMatchObject(stopped);

    const asked = new FaultyEnv(new MemoryEnv());
    const lazy = await openTestLog(asked, { fsync: "never" });
    await lazy.append(1, 10);
    asked.fail({ at: 1, kind: "sync" });
    await expect(lazy.log.close()).rejects.toMatchObject(stopped);
  });
});
