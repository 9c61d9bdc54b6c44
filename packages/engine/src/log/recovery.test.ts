import { describe, expect, it } from "vitest";
import { MemoryEnv } from "../storage/memory-env.js";
import { FRAME_HEADER_BYTES } from "./frame.js";
import type { AppendedEntry, FsyncPolicy } from "./log.js";
import { expectWhole, FIRST_FILE, openTestLog, sequencesOf, upTo } from "./log-fixture.cases.js";

const HEADER = 40;
const LENGTHS = [5, 100, 0, 64, 13, 30];

/** A log of six entries, each synced before the next one under `always`. */
async function written(fsync: FsyncPolicy = "always"): Promise<{ bytes: Uint8Array; appended: AppendedEntry[] }> {
  const env = new MemoryEnv();
  const { append } = await openTestLog(env, { fsync });
  const appended: AppendedEntry[] = [];
  for (const [i, length] of LENGTHS.entries()) appended.push(await append(i + 1, length));
  return { bytes: env.readFile(FIRST_FILE), appended };
}

function envWith(bytes: Uint8Array): MemoryEnv {
  const env = new MemoryEnv();
  env.writeFile(FIRST_FILE, bytes);
  return env;
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const damaged = bytes.slice();
  damaged[bit >> 3]! ^= 1 << (bit & 7);
  return damaged;
}

/** The bits of an entry in its file, without those of its padding. */
function bitsOf(entry: AppendedEntry, length: number): number[] {
  const from = (HEADER + entry.position) * 8;
  return Array.from({ length: (FRAME_HEADER_BYTES + length) * 8 }, (_, i) => from + i);
}

describe("a torn tail", () => {
  it("is cut: a log that ends at any byte of its last three entries has the whole ones before", async () => {
    const { bytes, appended } = await written();
    for (let size = HEADER + appended[3]!.position; size <= bytes.length; size++) {
      const env = envWith(bytes.subarray(0, size));
      const { entries, cut, log, append } = await openTestLog(env);
      const whole = appended.filter(({ end }) => HEADER + end <= size);
      expect(sequencesOf(entries), `size ${size}`).toEqual(sequencesOf(whole));
      expectWhole(entries);
      const end = whole.at(-1)!.end;
      const rest = size - HEADER - end;
      expect(cut).toEqual(rest === 0 ? undefined : { file: FIRST_FILE, position: end, bytes: rest });
      expect(log).toMatchObject({ end, durableUpTo: end });
      await append(77, 20);
      expect(sequencesOf((await openTestLog(env)).entries)).toEqual([...sequencesOf(whole), 77]);
    }
  });

  it("is cut at any flipped bit of the last entry, behind which nothing was synced", async () => {
    const { bytes, appended } = await written();
    for (const bit of bitsOf(appended[5]!, LENGTHS[5]!)) {
      const { entries, cut } = await openTestLog(envWith(flipped(bytes, bit)));
      expect(sequencesOf(entries), `bit ${bit}`).toEqual(upTo(5));
      expect(cut?.position).toBe(appended[5]!.position);
    }
  });

  it("is cut at the first bad entry when none was synced, however many whole ones follow", async () => {
    const { bytes, appended } = await written("never");
    for (const [i, entry] of appended.entries()) {
      for (const bit of bitsOf(entry, LENGTHS[i]!)) {
        const { entries, cut } = await openTestLog(envWith(flipped(bytes, bit)));
        expect(sequencesOf(entries), `bit ${bit}`).toEqual(upTo(i));
        expect(cut).toMatchObject({ position: entry.position, bytes: appended[5]!.end - entry.position });
      }
    }
  });

  it("takes the fragments of an entry that did not end with it", async () => {
    const env = new MemoryEnv();
    const { append } = await openTestLog(env);
    await append(1, 10);
    const { position, end } = await append(2, 3_000_000);
    const bytes = env.readFile(FIRST_FILE);
    const secondFragment = HEADER + position + FRAME_HEADER_BYTES + 1024 * 1024;
    for (const size of [
      HEADER + end - 1,
      HEADER + end - 900_000,
      secondFragment + 500,
      secondFragment,
      secondFragment - 1,
    ]) {
      const { entries, cut } = await openTestLog(envWith(bytes.subarray(0, size)));
      expect(sequencesOf(entries)).toEqual([1]);
      expect(cut).toEqual({ file: FIRST_FILE, position, bytes: size - HEADER - position });
    }
    // All fragments valid but the middle one: what follows is of the same unsynced group.
    const { entries } = await openTestLog(envWith(flipped(bytes, (secondFragment + 5_000) * 8)));
    expect(sequencesOf(entries)).toEqual([1]);
  });

  it("may be zeros or old bytes, of any length", async () => {
    const { bytes, appended } = await written();
    const old = (await written()).bytes.subarray(HEADER);
    for (const tail of [new Uint8Array(1), new Uint8Array(31), new Uint8Array(5_000_000), old, old.subarray(0, 77)]) {
      const grown = new Uint8Array(bytes.length + tail.length);
      grown.set(bytes);
      grown.set(tail, bytes.length);
      const { entries, cut } = await openTestLog(envWith(grown));
      expect(sequencesOf(entries)).toEqual(upTo(6));
      expect(cut).toEqual({ file: FIRST_FILE, position: appended[5]!.end, bytes: tail.length });
    }
  });
});

describe("damage to what was synced", () => {
  it("is reported with file and offset for every flipped bit, and nothing is changed", async () => {
    const { bytes, appended } = await written();
    for (const [i, entry] of appended.slice(0, 5).entries()) {
      for (const bit of bitsOf(entry, LENGTHS[i]!)) {
        const damaged = flipped(bytes, bit);
        const env = envWith(damaged);
        await expect(openTestLog(env), `bit ${bit}`).rejects.toMatchObject({
          reason: "DATA_CORRUPTED",
          details: { file: FIRST_FILE, offset: String(HEADER + entry.position) },
        });
        expect(Buffer.compare(env.readFile(FIRST_FILE), damaged)).toBe(0);
      }
    }
  });

  it("is known from a checkpoint too, also when the end of the log is gone", async () => {
    const { bytes, appended } = await written();
    const checkpointPosition = appended[5]!.end;
    for (const damaged of [
      flipped(bytes, bytes.length * 8 - 40),
      bytes.subarray(0, bytes.length - 1),
      bytes.subarray(0, HEADER),
    ]) {
      await expect(openTestLog(envWith(damaged), { checkpointPosition })).rejects.toMatchObject({
        reason: "DATA_CORRUPTED",
      });
    }
    const { cut } = await openTestLog(envWith(bytes.subarray(0, bytes.length - 1)), {
      checkpointPosition: appended[4]!.end,
    });
    expect(cut).toBeDefined();
  });

  it("is a log that is gone, or does not reach as far back as needed", async () => {
    for (const options of [{ checkpointPosition: 40 }, { replayFrom: 40 }]) {
      await expect(openTestLog(new MemoryEnv(), options)).rejects.toMatchObject({ reason: "DATA_CORRUPTED" });
    }
    const env = new MemoryEnv();
    const { append, log } = await openTestLog(env, { fileBytesMax: 100 });
    for (const sequence of upTo(5)) await append(sequence, 100);
    await log.trim(300);
    await expect(openTestLog(env)).rejects.toMatchObject({ reason: "DATA_CORRUPTED", details: { file: "log" } });
    await expect(openTestLog(env, { replayFrom: log.end + 8 })).rejects.toMatchObject({ reason: "DATA_CORRUPTED" });
  });

  it("is every flipped bit of the header of a file that holds frames", async () => {
    const { bytes } = await written();
    for (let bit = 0; bit < HEADER * 8; bit++) {
      await expect(openTestLog(envWith(flipped(bytes, bit))), `bit ${bit}`).rejects.toMatchObject({
        reason: "DATA_CORRUPTED",
        details: { file: FIRST_FILE },
      });
    }
  });
});

describe("several files", () => {
  async function threeFiles(): Promise<{ env: MemoryEnv; paths: string[] }> {
    const env = new MemoryEnv();
    const { append } = await openTestLog(env, { fileBytesMax: 300 });
    for (const sequence of upTo(9)) await append(sequence, 100);
    const paths = env.paths();
    expect(paths).toHaveLength(3);
    return { env, paths };
  }

  it("report a missing one, a short one and a bad end of an older one as damage", async () => {
    const missing = await threeFiles();
    await missing.env.remove(missing.paths[1]!);
    await expect(openTestLog(missing.env)).rejects.toMatchObject({ reason: "DATA_CORRUPTED" });

    const short = await threeFiles();
    const [path] = short.paths;
    short.env.writeFile(path!, short.env.readFile(path!).subarray(0, HEADER + 272));
    await expect(openTestLog(short.env)).rejects.toMatchObject({
      reason: "DATA_CORRUPTED",
      details: { file: path, offset: String(HEADER + 272) },
    });

    const bad = await threeFiles();
    bad.env.writeFile(path!, flipped(bad.env.readFile(path!), (HEADER + 3 * 136 - 8) * 8));
    await expect(openTestLog(bad.env)).rejects.toMatchObject({ reason: "DATA_CORRUPTED", details: { file: path } });
  });

  it("report a file of another log, and one whose name does not say its base", async () => {
    const [ours, other] = [await threeFiles(), await threeFiles()];
    ours.env.writeFile(ours.paths[1]!, other.env.readFile(other.paths[1]!));
    await expect(openTestLog(ours.env)).rejects.toMatchObject({ reason: "DATA_CORRUPTED", details: { offset: "8" } });
    const renamed = await threeFiles();
    await renamed.env.rename(renamed.paths[2]!, "log/0000000000000339.log");
    await expect(openTestLog(renamed.env)).rejects.toMatchObject({
      reason: "DATA_CORRUPTED",
      details: { offset: "24" },
    });
  });

  it("lose a newest one whose creation did not end", async () => {
    for (const content of [0, 1, 39].map((length) => new Uint8Array(length).fill(86))) {
      const { env, paths } = await threeFiles();
      const { log } = await openTestLog(env);
      const unborn = `log/${log.end.toString(16).padStart(16, "0")}.log`;
      env.writeFile(unborn, content);
      const { entries, append } = await openTestLog(env, { fileBytesMax: 300 });
      expect(sequencesOf(entries)).toEqual(upTo(9));
      expect(env.paths()).toEqual(paths);
      await append(10, 100);
      expect(sequencesOf((await openTestLog(env)).entries)).toEqual(upTo(10));
    }
    const env = envWith(new Uint8Array(40));
    await (await openTestLog(env)).append(1, 1);
    expect(sequencesOf((await openTestLog(env)).entries)).toEqual([1]);
  });

  it("are read from the checkpoint on when a trim lost a newer file than it kept", async () => {
    const { env, paths } = await threeFiles();
    await env.remove(paths[1]!);
    const base = Number.parseInt(paths[2]!.slice(4, 20), 16);
    const { entries, log } = await openTestLog(env, { checkpointPosition: base, replayFrom: base });
    expect(sequencesOf(entries)).toEqual([7, 8, 9]);
    expect(log.start).toBe(base);
    expect(env.paths()).toEqual([paths[2]]);
  });
});

it("a payload full of frames makes the search behind a bad frame neither wrong nor slow", async () => {
  const env = new MemoryEnv();
  const { append, log } = await openTestLog(env, { fsync: "never" });
  const first = await append(1, 8);
  // Every 32 bytes a plausible header of another salt that claims to be synced just beyond the bad frame.
  const payload = new Uint8Array(1024 * 1024);
  const view = new DataView(payload.buffer);
  for (let at = 0; at < payload.length; at += 32) {
    view.setUint32(at + 4, 1024 * 512, true);
    view.setUint8(at + 12, 1);
    view.setUint32(at + 24, first.end + 8, true);
  }
  await log.append({ namespace: 1, sequence: 2, payload: payload.subarray(0, 256 * 1024) });
  await append(3, 100);
  const bytes = flipped(env.readFile(FIRST_FILE), (HEADER + first.end + 40) * 8);
  const { entries } = await openTestLog(envWith(bytes));
  expect(sequencesOf(entries)).toEqual([1]);
});
