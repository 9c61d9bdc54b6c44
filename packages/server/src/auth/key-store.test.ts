import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { errorInfoOf } from "../errors.js";
import { ManualClock } from "../testing/manual-clock.js";
import { Credential } from "./credential.js";
import { KeyStore, type ShownKey } from "./key-store.js";
import { digestOf } from "./keys.js";

const READER = { name: "r", role: "reader", namespaces: ["docs"] } as const;
const ADMIN = { name: "a", role: "admin", namespaces: [] } as const;

let directory: string;
let clock: ManualClock;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "vecstore-keys-"));
  clock = new ManualClock();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const path = () => join(directory, "KEYS");

function open(): KeyStore {
  const store = new KeyStore({ directory, clock });
  expect(store.load()).toEqual([]);
  return store;
}

/** What a key is good for now: its id, why it ended, or that nobody knows it. */
function worth(store: KeyStore, key: string): string {
  const credential = store.find(key);
  return credential === undefined ? "unknown" : (credential.ending ?? credential.id);
}

async function reasonOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "ok";
  } catch (error) {
    return errorInfoOf(ConnectError.from(error)).reason;
  }
}

const all = () => true;

describe("a key store", () => {
  it("begins without a file, and is not guarded", () => {
    const store = open();
    expect([store.isGuarded, store.hasAdmin, existsSync(path())]).toEqual([false, false, false]);
  });

  it("knows the keys of its configuration, which guard it", () => {
    const admin = new Credential({ id: "admin", role: "admin", namespaces: [], digest: digestOf("secret") });
    const store = new KeyStore({ directory, configured: [admin] });
    store.load();
    expect([store.isGuarded, store.hasAdmin, worth(store, "secret"), worth(store, "Secret")]).toEqual([
      true,
      true,
      "admin",
      "unknown",
    ]);
  });

  it("keeps a key over a restart, and its SHA-256 only", async () => {
    const { key, record } = await open().create(READER);
    const again = open();
    expect([worth(again, key), again.list("", 9, all)]).toEqual([record.id, [record]]);
    const text = readFileSync(path(), "utf8");
    expect(text).toContain(digestOf(key).toString("hex"));
    expect(text).not.toContain(key.slice(record.prefix.length));
    expect(key.startsWith(record.prefix)).toBe(true);
    expect(statSync(path()).mode & 0o077).toBe(0);
    expect(readdirSync(directory)).toEqual(["KEYS"]);
  });

  it("lists by ascending id, from where one says", async () => {
    const store = open();
    const ids: string[] = [];
    for (let at = 0; at < 5; at++) ids.push((await store.create(READER)).record.id);
    ids.sort();
    expect(store.list("", 9, all).map(({ id }) => id)).toEqual(ids);
    expect(store.list(ids[1] as string, 2, all).map(({ id }) => id)).toEqual(ids.slice(2, 4));
    expect(store.list("", 9, ({ id }) => id === ids[3]).map(({ id }) => id)).toEqual([ids[3]]);
  });

  it("makes keys one after the other when many ask at once", async () => {
    const store = open();
    const made = await Promise.all(Array.from({ length: 20 }, () => store.create(READER)));
    expect(new Set(made.map(({ record }) => record.id)).size).toBe(20);
    const again = open();
    for (const { key, record } of made) expect(worth(again, key)).toBe(record.id);
  });

  it("revokes at once and for good", async () => {
    const store = open();
    const { key, record } = await store.create(READER);
    const told: string[] = [];
    store.find(key)?.onEnd((why) => told.push(why));
    const revoked = store.revoke(record.id);
    expect([worth(store, key), told]).toEqual(["was revoked", ["was revoked"]]);
    expect((await revoked).revokedAtMs).toBe(clock.now());
    clock.advance(5);
    expect((await store.revoke(record.id)).revokedAtMs).toBe(clock.now() - 5);
    expect([await reasonOf(store.rotate(record.id)), worth(open(), key)]).toEqual(["API_KEY_NOT_FOUND", "was revoked"]);
  });

  it("rotates: the id stays, the old secret ends", async () => {
    const store = open();
    const old = await store.create({ ...READER, expiresAtMs: clock.now() + 100 });
    const told: string[] = [];
    store.find(old.key)?.onEnd((why) => told.push(why));
    const { key, record } = await store.rotate(old.record.id);
    expect(record).toEqual({ ...old.record, prefix: record.prefix, sha256: record.sha256, rotatedAtMs: clock.now() });
    for (const each of [store, open()])
      expect([worth(each, old.key), worth(each, key)]).toEqual(["unknown", record.id]);
    expect(told).toEqual(["was rotated"]);
    clock.advance(100);
    expect(worth(store, key)).toBe("has expired");
  });

  it.each(["", "nope", "__proto__", "../KEYS", "x".repeat(10_000)])("does not know %j", async (id) => {
    const store = open();
    await store.create(READER);
    expect(await reasonOf((async () => store.revoke(id))())).toBe("API_KEY_NOT_FOUND");
    expect(await reasonOf(store.rotate(id))).toBe("API_KEY_NOT_FOUND");
  });

  it("stays guarded when its last key has ended", async () => {
    const store = open();
    const { record } = await store.create(ADMIN);
    expect(store.hasAdmin).toBe(true);
    await store.revoke(record.id);
    for (const each of [store, open()]) expect([each.hasAdmin, each.isGuarded]).toEqual([false, true]);
  });

  it("tells a key before it is kept", async () => {
    const seen: [string, boolean][] = [];
    await open().create(ADMIN, (key) => seen.push([key.slice(0, 3), existsSync(path())]));
    expect(seen).toEqual([["vs_", false]]);
  });
});

describe("after a crash", () => {
  let kept: ShownKey;
  beforeEach(async () => {
    kept = await open().create(ADMIN);
  });

  it.each(["", "vecstore-keys 1\n", "garbage"])(
    "a torn temporary file (%j) changes nothing, and is written over",
    async (torn) => {
      writeFileSync(`${path()}.tmp`, torn);
      const store = open();
      expect(worth(store, kept.key)).toBe(kept.record.id);
      await store.create(READER);
      expect(readdirSync(directory)).toEqual(["KEYS"]);
      expect(open().list("", 9, all)).toHaveLength(2);
    },
  );

  it("a file cut anywhere lets nobody in and stays guarded", async () => {
    const whole = readFileSync(path());
    for (let length = 0; length < whole.length - 1; length++) {
      writeFileSync(path(), whole.subarray(0, length));
      const store = new KeyStore({ directory, clock });
      expect(store.load().length, `${length} bytes`).toBeGreaterThan(0);
      expect(store.isGuarded).toBe(true);
      expect(worth(store, "vs_"), `${length} bytes`).toBe("unknown");
      expect([kept.record.id, "unknown"]).toContain(worth(store, kept.key));
    }
  });

  it("a damaged file is kept beside the next one, with the keys that were whole", async () => {
    const { key } = await open().create(READER);
    const damaged = readFileSync(path(), "utf8").replace('"role":"admin"', '"role":"owner"');
    writeFileSync(path(), damaged);
    const store = new KeyStore({ directory, clock });
    expect(store.load()).toHaveLength(2);
    expect([store.hasAdmin, worth(store, kept.key), worth(store, key).length]).toEqual([false, "unknown", 12]);
    const made = await store.create(ADMIN);
    expect(readFileSync(`${path()}.damaged`, "utf8")).toBe(damaged);
    const again = open();
    expect([again.hasAdmin, worth(again, made.key), worth(again, key).length]).toEqual([true, made.record.id, 12]);
  });

  it("a file that cannot be read stops the start", () => {
    rmSync(path());
    mkdirSync(path());
    expect(() => new KeyStore({ directory, clock }).load()).toThrow("EISDIR");
  });
});

describe("when the disk fails", () => {
  it("a revoked key stops all the same, nothing else changes, and the next change keeps it", async () => {
    const store = open();
    const first = await store.create(READER);
    const second = await store.create(READER);
    // A directory of the temporary file's name cannot be opened for writing, also by root.
    mkdirSync(`${path()}.tmp`);
    expect(await reasonOf(store.revoke(first.record.id))).toBe("INTERNAL");
    expect(await reasonOf(store.create(READER))).toBe("INTERNAL");
    expect(await reasonOf(store.rotate(second.record.id))).toBe("INTERNAL");
    expect([worth(store, first.key), worth(store, second.key)]).toEqual(["was revoked", second.record.id]);
    expect(worth(open(), first.key)).toBe(first.record.id);
    rmSync(`${path()}.tmp`, { recursive: true });
    await store.revoke(first.record.id);
    expect(worth(open(), first.key)).toBe("was revoked");
  });
});
