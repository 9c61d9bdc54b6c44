import { afterEach, describe, expect, it, vi } from "vitest";
import { FaultyEnv } from "../storage/faulty-env.js";
import { MemoryEnv } from "../storage/memory-env.js";
import { expectWhole, FIRST_FILE, openTestLog, payloadOf, sequencesOf, upTo } from "./log-fixture.cases.js";

const MIB = 1024 * 1024;

describe("appending", () => {
  it("gives back what was appended, by namespace and sequence, in order and with places", async () => {
    const env = new MemoryEnv();
    const first = await openTestLog(env);
    expect(first.log).toMatchObject({ start: 0, end: 0, durableUpTo: 0, bytes: 0 });
    const appended = [
      await first.append(1, 0, 0),
      await first.append(1, 5, 7),
      await first.append(2, 100_000, 7),
      await first.append(9, 8, 2 ** 32 - 1),
      await first.append(2 ** 50, 1, 0),
    ];
    expect(appended.map(({ position }) => position)).toEqual([0, 32, 72, 72 + 100_032, 72 + 100_032 + 40]);
    await first.log.close();
    const second = await openTestLog(env);
    expect(second.entries.map(({ payload, ...entry }) => entry)).toEqual(appended);
    expectWhole(second.entries);
    expect(second.cut).toBeUndefined();
    expect(second.log.id).toEqual(first.log.id);
    expect(second.log).toMatchObject({ end: appended[4]!.end, durableUpTo: appended[4]!.end });
  });

  it("copies the payload at once", async () => {
    const env = new MemoryEnv();
    const { log } = await openTestLog(env);
    const payload = payloadOf(1, 50);
    const large = payloadOf(2, 100_000);
    const appends = [
      log.append({ namespace: 1, sequence: 1, payload }),
      log.append({ namespace: 1, sequence: 2, payload: large }),
    ];
    payload.fill(0);
    large.fill(0);
    await Promise.all(appends);
    expectWhole((await openTestLog(env)).entries);
  });

  it("keeps small and large entries of one group in order", async () => {
    const env = new MemoryEnv();
    const { append } = await openTestLog(env);
    const lengths = [1, 40_000, 2, 3, 5 * MIB, 4, 31_000, 31_000, 300_000, 0, 9];
    await Promise.all(lengths.map((length, i) => append(i + 1, length)));
    const { entries } = await openTestLog(env);
    expect(entries.map(({ payload }) => payload.length)).toEqual(lengths);
    expectWhole(entries);
  });

  it("joins fragments of entries above 1 MiB", async () => {
    const env = new MemoryEnv();
    const { append } = await openTestLog(env);
    await Promise.all([append(1, MIB), append(2, MIB + 1), append(3, 3 * MIB), append(4, 12 * MIB + 5), append(5, 1)]);
    const { entries } = await openTestLog(env);
    expect(sequencesOf(entries)).toEqual(upTo(5));
    expectWhole(entries);
  });

  it("refuses a namespace or sequence that cannot be ours", async () => {
    const { append } = await openTestLog(new MemoryEnv());
    for (const sequence of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
      await expect(append(sequence, 1)).rejects.toMatchObject({ reason: "INTERNAL" });
    }
    await expect(append(1, 1, 2 ** 32)).rejects.toMatchObject({ reason: "INTERNAL" });
    await expect(append(1, 1, -1)).rejects.toMatchObject({ reason: "INTERNAL" });
  });
});

describe("group commit", () => {
  it("writes and syncs once for all that wait", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const { append } = await openTestLog(env);
    const [writes, syncs] = [env.count("write"), env.count("sync")];
    await Promise.all(upTo(100).map((sequence) => append(sequence, 50)));
    expect([env.count("write") - writes, env.count("sync") - syncs]).toEqual([1, 1]);
  });

  it("lets what comes during a sync join the next group, one sync in flight", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const { append, log } = await openTestLog(env);
    const syncs = env.count("sync");
    const release = env.hold("sync");
    const appends = [append(1, 10)];
    await vi.waitFor(() => expect(log.end).toBe(48));
    for (let sequence = 2; sequence <= 50; sequence++) appends.push(append(sequence, 10));
    expect(log.durableUpTo).toBe(0);
    release();
    await Promise.all(appends);
    expect(env.count("sync") - syncs).toBe(2);
    expect(log.durableUpTo).toBe(log.end);
  });

  it("bounds a group, and takes a larger entry alone", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const { append } = await openTestLog(env);
    const writes = env.count("write");
    await Promise.all([append(1, 5 * MIB), append(2, 5 * MIB), append(3, 9 * MIB), append(4, 1)]);
    expect(env.count("write") - writes).toBe(4);
  });

  it("tells of every entry of a group, in order, before it answers the first, and answers in order", async () => {
    const events: string[] = [];
    const { append } = await openTestLog(new MemoryEnv(), {
      onDurable: ({ sequence }) => void events.push(`durable ${sequence}`),
    });
    await Promise.all(upTo(3).map((sequence) => append(sequence, 1).then(() => events.push(`answered ${sequence}`))));
    expect(events).toEqual(["durable 1", "durable 2", "durable 3", "answered 1", "answered 2", "answered 3"]);
  });

  it("reports how long syncs take", async () => {
    const onSync = vi.fn();
    const { append } = await openTestLog(new MemoryEnv(), { onSync });
    await append(1, 1);
    expect(onSync).toHaveBeenCalledExactlyOnceWith(expect.any(Number));
  });

  it("stops when its owner throws, for what was applied is unknown then", async () => {
    const { append } = await openTestLog(new MemoryEnv(), {
      onDurable: () => {
        throw new Error("a bug of the owner");
      },
    });
    await expect(append(1, 1)).rejects.toMatchObject({ reason: "STORE_STOPPED" });
    await expect(append(2, 1)).rejects.toMatchObject({ reason: "STORE_STOPPED" });
  });
});

describe("policies", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("never: answers after the write and syncs when asked", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const { append, log, durable } = await openTestLog(env, { fsync: "never" });
    const syncs = env.count("sync");
    await append(1, 1);
    expect(sequencesOf(durable)).toEqual([1]);
    expect([log.durableUpTo, env.count("sync") - syncs]).toEqual([0, 0]);
    const second = append(2, 1);
    await log.sync();
    expect([log.durableUpTo, env.count("sync") - syncs]).toEqual([(await second).end, 1]);
    await log.sync();
    expect(env.count("sync") - syncs).toBe(1);
  });

  it("interval: one sync for all writes of an interval", async () => {
    vi.useFakeTimers();
    const env = new FaultyEnv(new MemoryEnv());
    const { append, log } = await openTestLog(env, { fsync: { intervalMs: 50 } });
    const syncs = env.count("sync");
    await append(1, 1);
    await append(2, 1);
    expect(env.count("sync") - syncs).toBe(0);
    await vi.advanceTimersByTimeAsync(50);
    expect([log.durableUpTo, env.count("sync") - syncs]).toEqual([log.end, 1]);
    await vi.advanceTimersByTimeAsync(500);
    expect(env.count("sync") - syncs).toBe(1);
    await append(3, 1);
    await vi.advanceTimersByTimeAsync(50);
    expect(env.count("sync") - syncs).toBe(2);
    await append(4, 1);
    await log.close();
    expect([env.count("sync") - syncs, vi.getTimerCount()]).toEqual([3, 0]);
  });

  it("syncs what waits before it closes, and refuses what comes later", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const { append, log } = await openTestLog(env, { fsync: "never" });
    const pending = append(1, 1);
    const closed = log.close();
    await expect(append(2, 1)).rejects.toMatchObject({ reason: "STORE_CLOSED" });
    await expect(log.sync()).rejects.toMatchObject({ reason: "STORE_CLOSED" });
    await expect(log.trim(0)).rejects.toMatchObject({ reason: "STORE_CLOSED" });
    await pending;
    await closed;
    await log.close();
    expect(sequencesOf((await openTestLog(env.crash(1))).entries)).toEqual([1]);
  });
});

describe("files", () => {
  it("begins a new file past the bound, between entries, and reads across files", async () => {
    const env = new MemoryEnv();
    const { append, log } = await openTestLog(env, { fileBytesMax: 500 });
    for (const sequence of upTo(20)) await append(sequence, 100);
    await append(21, 3_000_000);
    await append(22, 1);
    expect(await env.listDirectory("log")).toHaveLength(7);
    await log.close();
    const { entries, log: again } = await openTestLog(env);
    expect(sequencesOf(entries)).toEqual(upTo(22));
    expectWhole(entries);
    expect(again.start).toBe(0);
  });

  it("names a file by the position of its first frame, and gives each its own salt", async () => {
    const env = new MemoryEnv();
    const { append } = await openTestLog(env, { fileBytesMax: 100 });
    for (const sequence of upTo(3)) await append(sequence, 100);
    const [first, second, third] = await env.listDirectory("log");
    expect([first, second, third]).toEqual(["0000000000000000.log", "0000000000000088.log", "0000000000000110.log"]);
    const salts = env.paths().map((path) => env.readFile(path).slice(32, 36).join());
    expect(new Set(salts).size).toBe(3);
  });

  it("goes on in the newest file when it is opened again", async () => {
    const env = new MemoryEnv();
    for (const sequence of upTo(9)) {
      const { append, log, entries } = await openTestLog(env, { fileBytesMax: 400 });
      expect(sequencesOf(entries)).toEqual(upTo(sequence - 1));
      await append(sequence, 100);
      await log.close();
    }
    expect(await env.listDirectory("log")).toHaveLength(3);
  });

  it("deletes whole files below a position and never the newest", async () => {
    const env = new MemoryEnv();
    const { append, log } = await openTestLog(env, { fileBytesMax: 300 });
    const appended = [];
    for (const sequence of upTo(10)) appended.push(await append(sequence, 100));
    const bases = (await env.listDirectory("log")).map((name) => Number.parseInt(name, 16));
    expect(bases).toEqual([0, 408, 816, 1224]);
    await log.trim(407);
    expect(log.start).toBe(0);
    await Promise.all([log.trim(900), log.trim(900)]);
    expect(log).toMatchObject({ start: 816, bytes: log.end - 816 });
    const { entries, log: again } = await openTestLog(env, {
      replayFrom: appended[7]!.position,
      checkpointPosition: 900,
    });
    expect(sequencesOf(entries)).toEqual([8, 9, 10]);
    expect(again.start).toBe(816);
    await again.trim(Number.MAX_SAFE_INTEGER);
    expect(await env.listDirectory("log")).toHaveLength(1);
    await again.close();
  });

  it("begins a file when it is asked to, behind all that was appended before", async () => {
    const env = new MemoryEnv();
    const { log, append } = await openTestLog(env);
    await log.beginFile();
    expect(log.fileCount).toBe(1);
    const appends = upTo(3).map((sequence) => append(sequence, 100));
    const begun = log.beginFile();
    const later = append(4, 100);
    await Promise.all([...appends, begun, later, log.beginFile(), log.beginFile()]);
    const [{ end }, { position }] = [await appends[2]!, await later];
    expect(position).toBe(end);
    await log.trim(log.end);
    expect(log).toMatchObject({ start: log.end, fileCount: 1, durableUpTo: log.end });
    await append(5, 100);
    const { entries, log: again } = await openTestLog(env, { replayFrom: log.start, checkpointPosition: log.start });
    expect([sequencesOf(entries), again.start]).toEqual([[5], log.start]);
    await log.close();
    await expect(log.beginFile()).rejects.toMatchObject({ reason: "STORE_CLOSED" });
  });

  it("goes on in the old file when a new one cannot be begun", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const { log, append } = await openTestLog(env);
    await append(1, 100);
    env.fail({ at: 1, kind: "create" });
    await expect(log.beginFile()).rejects.toMatchObject({ reason: "INTERNAL" });
    await append(2, 100);
    env.fail({ at: 1, kind: "sync" });
    await expect(log.beginFile()).rejects.toMatchObject({ reason: "STORE_STOPPED" });
    await expect(append(3, 100)).rejects.toMatchObject({ reason: "STORE_STOPPED" });
    expect(sequencesOf((await openTestLog(env)).entries)).toEqual([1, 2]);
  });

  it("replays from a position on, up to the end itself", async () => {
    const env = new MemoryEnv();
    const { append } = await openTestLog(env, { fileBytesMax: 300 });
    const appended = [];
    for (const sequence of upTo(8)) appended.push(await append(sequence, 100));
    for (const [i, { end }] of appended.entries()) {
      const { entries } = await openTestLog(env, { replayFrom: end });
      expect(sequencesOf(entries)).toEqual(upTo(8).slice(i + 1));
    }
  });

  it("waits for each replayed entry", async () => {
    const env = new MemoryEnv();
    const { append } = await openTestLog(env);
    await Promise.all(upTo(3).map((sequence) => append(sequence, 1)));
    const { openLog } = await import("./log.js");
    let running = 0;
    const options = { env, directory: "log", fsync: "always", checkpointPosition: 0, onDurable: () => {} } as const;
    await openLog(
      options,
      async () => {
        expect(++running).toBe(1);
        await Promise.resolve();
        running--;
      },
      0,
    );
  });

  it("leaves other files in its directory alone", async () => {
    const env = new MemoryEnv();
    env.writeFile("log/notes.txt", Uint8Array.of(1));
    await (await openTestLog(env)).append(1, 1);
    await openTestLog(env);
    expect(env.paths()).toEqual([FIRST_FILE, "log/notes.txt"]);
  });
});
