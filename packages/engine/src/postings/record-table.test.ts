import { describe, expect, it } from "vitest";
import { encodeUtf8 } from "../metadata/utf8.js";
import { createRandom } from "../storage/random.js";
import { RecordTable } from "./record-table.js";
import { WordPool } from "./word-pool.js";

const SEED = 31;

function createTable(width: number) {
  const pool = new WordPool();
  const table = new RecordTable(pool, width, SEED);
  const wordsOf = (address: number) => [
    ...pool.chunkOf(address).subarray(pool.offsetOf(address), pool.offsetOf(address) + width),
  ];
  const set = (address: number, word: number, value: number) => {
    pool.chunkOf(address)[pool.offsetOf(address) + word] = value;
  };
  const intern = (key: string, cheapHash = key.length) => {
    const bytes = encodeUtf8(key);
    return table.intern(bytes, bytes.length, cheapHash);
  };
  return { table, wordsOf, set, intern };
}

describe("a table of records", () => {
  it("makes a record of zeros for each key, and finds it again", () => {
    const { table, wordsOf, set, intern } = createTable(3);
    const keys = ["", "a", "ab", "abc", "abcd", "abcde", "ä", "x".repeat(1_000), "x".repeat(1_001)];
    const addresses = keys.map((key) => intern(key));
    expect(new Set(addresses).size).toBe(keys.length);
    for (const [i, address] of addresses.entries()) {
      expect(wordsOf(address)).toEqual([0, 0, 0]);
      set(address, i % 3, i + 1);
    }
    for (const [i, key] of keys.entries()) {
      expect(table.find(encodeUtf8(key))).toBe(addresses[i]);
      expect(intern(key)).toBe(addresses[i]);
      expect(wordsOf(addresses[i]!)[i % 3]).toBe(i + 1);
    }
    expect(table.count).toBe(keys.length);
    for (const key of ["b", "abcf", "abcdef", "y".repeat(1_000)]) expect(table.find(encodeUtf8(key))).toBe(0);
  });

  it.each([
    ["a good hash", (n: number) => Math.imul(n, 0x9e3779b1) >>> 0],
    ["no hash at all", () => 0],
  ])(`keeps many keys apart behind %s, seed ${SEED}`, (_, cheapHash) => {
    const { table, wordsOf, set, intern } = createTable(1);
    const random = createRandom(SEED);
    const expected = new Map<string, number>();
    for (let i = 0; i < 60_000; i++) {
      const n = Math.floor(random() ** 3 * 30_000);
      const key = `key ${n}`;
      const address = intern(key, cheapHash(n));
      const count = wordsOf(address)[0]!;
      expect(count).toBe(expected.get(key) ?? 0);
      set(address, 0, count + 1);
      expected.set(key, count + 1);
    }
    expect(table.count).toBe(expected.size);
    for (const [key, count] of expected) expect(wordsOf(table.find(encodeUtf8(key)))).toEqual([count]);
  });
});
