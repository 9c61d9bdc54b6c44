import { describe, expect, it } from "vitest";
import { VecstoreError } from "../errors.js";
import { LIMITS } from "../limits.js";
import { validateText } from "../metadata/validate-text.js";
import type { RecordInput } from "../model/record.js";
import {
  toStoredRecords,
  validateBatchSize,
  validateExpiry,
  validateIdempotencyKey,
  validateIfVersion,
  validateName,
} from "./records.js";

/** The reason of the error, or "ok". */
function reasonOf(run: () => unknown): string {
  try {
    run();
    return "ok";
  } catch (error) {
    if (!(error instanceof VecstoreError)) throw error;
    return error.reason;
  }
}

const LONE = "\ud83d";

describe("arguments of the wrong type", () => {
  it.each([
    ["no array", "abc", "records is string; give an array"],
    ["an entry that is null", [{ id: "a", vector: [1] }, null], "records[1] is null; give an object"],
    ["an entry that is a number", [7], "records[0] is number; give an object"],
  ])("are refused: %s", (_, records, message) => {
    const write = () => toStoredRecords(records as unknown as [], 10, () => new Float32Array(1));
    expect(write).toThrow(expect.objectContaining({ reason: "INVALID_ARGUMENT", message }));
  });
});

describe("what needs no state to be checked", () => {
  it.each([
    [0, "EMPTY_BATCH"],
    [1, "ok"],
    [5, "ok"],
    [6, "BATCH_TOO_LARGE"],
  ])("a batch of %i of 5: %s", (count, reason) => {
    expect(reasonOf(() => validateBatchSize(count, 5, "records"))).toBe(reason);
  });

  it.each([
    ["", "ok"],
    ["é".repeat(LIMITS.textBytesMax / 2), "ok"],
    [`${"é".repeat(LIMITS.textBytesMax / 2)}a`, "TEXT_TOO_LARGE"],
    [LONE, "INVALID_ARGUMENT"],
    [7, "INVALID_ARGUMENT"],
  ])("a text: %#", (text, reason) => {
    expect(reasonOf(() => validateText(text, "text"))).toBe(reason);
  });

  it.each([
    [undefined, "ok"],
    [0, "ok"],
    [Number.MAX_SAFE_INTEGER, "ok"],
    [2 ** 53, "INVALID_ARGUMENT"],
    [-1, "INVALID_ARGUMENT"],
    [1.5, "INVALID_ARGUMENT"],
    [Number.NaN, "INVALID_ARGUMENT"],
  ])("if_version %s: %s", (version, reason) => {
    expect(reasonOf(() => validateIfVersion(version, "if_version"))).toBe(reason);
  });

  it.each([
    [undefined, "ok"],
    [1, "ok"],
    [LIMITS.expiresAtMsMax, "ok"],
    [LIMITS.expiresAtMsMax + 1, "INVALID_ARGUMENT"],
    [0, "INVALID_ARGUMENT"],
    [-1, "INVALID_ARGUMENT"],
    [1.5, "INVALID_ARGUMENT"],
    [Number.NaN, "INVALID_ARGUMENT"],
    ["2030-01-01", "INVALID_ARGUMENT"],
    [new Date(5), "INVALID_ARGUMENT"],
  ])("expires_at %s: %s", (timeMs, reason) => {
    expect(reasonOf(() => validateExpiry(timeMs as number, "expires_at"))).toBe(reason);
  });

  it.each([
    [undefined, "ok"],
    ["", "INVALID_ARGUMENT"],
    ["k".repeat(128), "ok"],
    ["k".repeat(129), "INVALID_ARGUMENT"],
    [LONE, "INVALID_ARGUMENT"],
  ])("the key %j: %s", (key, reason) => {
    expect(reasonOf(() => validateIdempotencyKey(key))).toBe(reason);
  });

  it.each([
    ["a", "ok"],
    ["A-1_b.c", "ok"],
    ["a".repeat(128), "ok"],
    ["a".repeat(129), "INVALID_NAME"],
    ["", "INVALID_NAME"],
    [".", "INVALID_NAME"],
    ["..", "INVALID_NAME"],
    ["../x", "INVALID_NAME"],
    ["a/b", "INVALID_NAME"],
    ["a\\b", "INVALID_NAME"],
    ["-a", "INVALID_NAME"],
    ["a\n", "INVALID_NAME"],
    ["é", "INVALID_NAME"],
    [undefined, "INVALID_NAME"],
  ])("the name %j: %s", (name, reason) => {
    expect(reasonOf(() => validateName(name, "snapshot"))).toBe(reason);
  });
});

describe("a batch on its way into the log", () => {
  const vector = Float32Array.of(1, 2);
  const convert = (...records: RecordInput[]) => toStoredRecords(records, 10, () => vector);

  it("keeps absent parts absent", () => {
    expect(convert({ id: "a", vector })).toEqual([
      {
        id: "a",
        vector: new Uint8Array(vector.buffer),
        metadata: new Uint8Array(),
        text: undefined,
        ifVersion: undefined,
      },
    ]);
    const [full] = convert({ id: "a", vector, metadata: {}, text: "", ifVersion: 0 });
    expect(new TextDecoder().decode(full!.metadata)).toBe("{}");
    expect([full!.text, full!.ifVersion]).toEqual(["", 0n]);
  });

  it("refuses an id that comes twice, and bad parts with their path", () => {
    const cases: [RecordInput[], string, string][] = [
      [
        [
          { id: "a", vector },
          { id: "a", vector },
        ],
        "DUPLICATE_ID",
        "records[1].id",
      ],
      [
        [
          { id: "a", vector },
          { id: "", vector },
        ],
        "INVALID_ID",
        "records[1].id",
      ],
      [[{ id: "a", vector, metadata: { x: { y: Number.NaN } } }], "INVALID_METADATA", "records[0].metadata.x.y"],
      [
        [{ id: "a", vector, metadata: { x: "y".repeat(LIMITS.metadataBytesMax) } }],
        "METADATA_TOO_LARGE",
        "records[0].metadata",
      ],
      [[{ id: "a", vector, text: LONE }], "INVALID_ARGUMENT", "records[0].text"],
      [[{ id: "a", vector, ifVersion: -1 }], "INVALID_ARGUMENT", "records[0].if_version"],
    ];
    for (const [records, reason, path] of cases) {
      expect(() => convert(...records)).toThrow(
        expect.objectContaining({ reason, message: expect.stringContaining(path) as string }),
      );
    }
  });
});
