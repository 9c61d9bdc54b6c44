import { readFileSync } from "node:fs";
import type { ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { errorInfoOf } from "../errors.js";
import { decodeKeyFile, encodeKeyFile } from "./key-file.js";
import type { KeyRecord } from "./key-record.js";
import { digestOf } from "./keys.js";

function recordOf(id: string, more: Partial<KeyRecord> = {}): KeyRecord {
  const sha256 = digestOf(id).toString("hex");
  const base = { id, name: "", prefix: `vs_${id}_abcd`, sha256, role: "reader", namespaces: ["docs"] } as const;
  return { ...base, createdAtMs: 1_700_000_000_000, ...more };
}

const FIRST = recordOf("aaaaaaaaaaaa", { name: 'émoji 👩‍💻 "quoted" \\ ../x', expiresAtMs: 1, rotatedAtMs: 3 });
const SECOND = recordOf("bbbbbbbbbbbb", { role: "admin", namespaces: [], revokedAtMs: 2 });
const TEXT = encodeKeyFile([FIRST, SECOND]);
const decode = (text: string) => decodeKeyFile(text, "KEYS");
const idsOf = (text: string) => decode(text).records.map(({ id }) => id);

describe("the key file", () => {
  it("comes back as it was written", () => {
    expect(decode(TEXT)).toEqual({ records: [FIRST, SECOND], damage: [] });
    expect(decode(encodeKeyFile([]))).toEqual({ records: [], damage: [] });
  });

  it("has the worked bytes of docs/format.md", () => {
    const page = readFileSync(new URL("../../../../docs/format.md", import.meta.url), "utf8");
    const sha256 = digestOf("abc").toString("hex");
    const record = { ...recordOf("k3v5xq2m7abc"), name: "ingest", prefix: "vs_k3v5xq2m7abc_9fQ2", sha256 };
    expect(page).toContain(encodeKeyFile([{ ...record, createdAtMs: 1_764_165_600_000 }]));
  });

  it("cut at any byte says so, and gives no key that was not there whole", () => {
    const bytes = Buffer.from(TEXT);
    // Without its last line break it is whole.
    for (let length = 0; length < bytes.length - 1; length++) {
      const { records, damage } = decode(bytes.subarray(0, length).toString());
      expect(damage.length, `${length} bytes`).toBeGreaterThan(0);
      for (const record of records) expect([FIRST, SECOND]).toContainEqual(record);
    }
  });

  it("with any byte changed gives no other key than before", () => {
    const bytes = Buffer.from(TEXT);
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ 1;
      const { records, damage } = decode(changed.toString());
      expect(damage.length, `byte ${at}`).toBeGreaterThan(0);
      for (const record of records) expect([FIRST, SECOND]).toContainEqual(record);
    }
  });

  it("keeps the keys of whole lines beside a damaged one", () => {
    const damaged = TEXT.replace(`"id":"${FIRST.id}"`, `"id":"${"c".repeat(12)}"`);
    expect(decode(damaged)).toEqual({
      records: [SECOND],
      damage: ["line 2 is damaged", "it has 1 whole keys; 2 were written"],
    });
  });

  it("takes neither of two lines with one id", () => {
    const twice = encodeKeyFile([FIRST, { ...FIRST, revokedAtMs: 5 }, FIRST, SECOND]);
    expect(idsOf(twice)).toEqual([SECOND.id]);
    expect(decode(twice).damage).toContain("line 3 has the id of another");
  });

  it.each([
    ["an unknown role", { role: "root" as never }],
    ["a reader of nothing", { namespaces: [] }],
    ["an admin of something", { role: "admin" as const }],
    ["a short digest", { sha256: "00" }],
    ["an id that is none", { id: "__proto__" }],
    ["a field that it does not know", { onlyFrom: "10.0.0.1" } as object],
    ["a time that is none", { revokedAtMs: "now" as never }],
  ])("does not take a line with %s, although its checksum holds", (_, more) => {
    const text = encodeKeyFile([recordOf("cccccccccccc", more)]);
    // `toJson` leaves unknown fields out, so this one is put in by hand.
    const withField = "onlyFrom" in more ? reseal(text, '"role"', '"only_from":"10.0.0.1","role"') : text;
    expect(decode(withField).records).toEqual([]);
    expect(decode(withField).damage).toContain("line 2 is damaged");
  });

  it.each(["", "\n", "vecstore-keys 0\n", "VECSTORE 1\n", "vecstore-keys 1x\n", "{}"])("is not %j", (text) => {
    expect(decode(text)).toMatchObject({ records: [], damage: [expect.any(String)] });
  });

  it("of a later version is refused as a whole", () => {
    const text = TEXT.replace("vecstore-keys 1", "vecstore-keys 2");
    const reason = () => {
      try {
        return decode(text);
      } catch (error) {
        return errorInfoOf(error as ConnectError).reason;
      }
    };
    expect(reason()).toBe("FORMAT_TOO_NEW");
  });
});

/** Changes the second line and gives it a checksum that holds. */
function reseal(text: string, from: string, to: string): string {
  const [head, line, ...rest] = text.split("\n") as [string, string, ...string[]];
  const json = line.slice(9).replace(from, to);
  return [head, `${crc32Hex(json)} ${json}`, ...rest].join("\n");
}

/** CRC-32 (IEEE), bit by bit: written apart from what it checks. */
function crc32Hex(text: string): string {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (~crc >>> 0).toString(16).padStart(8, "0");
}
