import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NamespacedVecStore } from "@vecstore/engine";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pretendTerminal, runForTest } from "../../testing/command.js";
import { remedyOf } from "./remedy.js";

let folder: string;
let data: string;
let restoreTerminal: () => void;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "vecstore-doctor-"));
  data = join(folder, "data");
  restoreTerminal = pretendTerminal(false);
  vi.stubEnv("VECSTORE_DATA", "");
  const store = await NamespacedVecStore.open(data, { threads: 0, fsync: "never" });
  const records = Array.from({ length: 100 }, (_, n) => ({ id: `r${n}`, vector: [n + 1, 1] }));
  await (await store.namespace("default")).upsert(records);
  await (await store.namespace("default")).createSnapshot("kept");
  await store.close();
});
afterEach(() => {
  vi.unstubAllEnvs();
  restoreTerminal();
  rmSync(folder, { recursive: true, force: true });
});

/** Every file but the lock, with its bytes and the time of its last change. */
function contents(): unknown[] {
  const paths = readdirSync(data, { recursive: true, encoding: "utf8" }).map((path) => join(data, path));
  const files = paths.filter((path) => statSync(path).isFile() && !/LOCK/.test(path)).sort();
  return files.map((path) => [path, readFileSync(path).toString("hex"), statSync(path).mtimeMs]);
}

function flipBit(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 0x10;
  writeFileSync(path, bytes);
}

describe("vecstore doctor", () => {
  it("finds a directory whole, and leaves it as it is", async () => {
    const before = contents();
    const { status, out, err } = await runForTest("doctor", data);
    expect([status, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({
      directory: data,
      is_damaged: false,
      problems: [],
      namespaces: [{ name: "default", status: "active", records: 100, snapshots: 1 }],
    });
    expect(contents()).toEqual(before);
    const table = await runForTest("doctor", "--data", data, "--output", "table");
    expect(table.out).toMatch(/\nNAMESPACE +STATUS +RECORDS +SNAPSHOTS\ndefault +active +100 +1\n\nNo damage\.\n$/);
    // It was let go of.
    await (await NamespacedVecStore.open(data, { threads: 0 })).close();
  });

  it("says what is damaged and what to do, exits with 1, and leaves it as it is", async () => {
    const part = readdirSync(join(data, "ns/1/snapshots/kept")).find((name) => name.startsWith("part"))!;
    // A hard link: the part of the namespace is the same file.
    flipBit(join(data, "ns/1/snapshots/kept", part));
    appendFileSync(join(data, "KEYS"), "vecstore-keys 1\nnonsense\n");
    const before = contents();
    const { status, out } = await runForTest("doctor", data);
    const { problems } = JSON.parse(out);
    expect(status).toBe(1);
    expect(problems.map(({ file }: { file: string }) => file)).toEqual(
      expect.arrayContaining([join(data, "ns/1/snapshots/kept", part), join(data, "KEYS")]),
    );
    for (const { message, remedy } of problems) expect([message, remedy]).not.toContain("");
    expect(contents()).toEqual(before);
    const table = await runForTest("doctor", data, "--output", "table");
    expect(table.out).toMatch(/\ndamage: .*KEYS|damages\.\n$/);
  });

  it("takes the directory of the environment", async () => {
    vi.stubEnv("VECSTORE_DATA", data);
    expect((await runForTest("doctor")).status).toBe(0);
  });

  it("does not touch a directory that is open, or that is none", async () => {
    const store = await NamespacedVecStore.open(data, { threads: 0 });
    const open = await runForTest("doctor", data);
    await store.close();
    expect([open.status, open.err]).toEqual([1, expect.stringContaining("is open in")]);
    const none = join(folder, "none");
    const absent = await runForTest("doctor", none);
    expect([absent.status, absent.err]).toEqual([
      1,
      expect.stringContaining("is no data directory: it does not exist"),
    ]);
    expect(existsSync(none)).toBe(false);
    expect((await runForTest("doctor")).status).toBe(2);
    expect((await runForTest("doctor", data, "--data", data)).status).toBe(2);
  });
});

describe("remedyOf", () => {
  it.each([
    ["notice", "data/ns/1/part-1", "", "the next start puts it right"],
    ["damage", "data/ns/1/snapshots/s/part-1", "", "the snapshot s cannot be trusted"],
    ["damage", "data/manifest-0000000000000001", "", "an older checkpoint"],
    ["damage", "data/ns/1/graph-0000000000000001", "", "made again"],
    ["damage", "data/VECSTORE", "version 9; use a newer vecstore", "a newer one"],
    ["damage", "data/ns/1/part-0000000000000001", "", "from a copy of the directory"],
  ] as const)("a %s of %s", (severity, file, message, says) => {
    expect(remedyOf({ severity, namespace: "", file, message })).toContain(says);
  });
});
