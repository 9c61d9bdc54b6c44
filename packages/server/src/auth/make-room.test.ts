import type { ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { errorInfoOf } from "../errors.js";
import type { KeyRecord } from "./key-record.js";
import { KEY_LIMITS } from "./limits.js";
import { makeRoom } from "./make-room.js";

const NOW_MS = 1_000;
const ADDED = recordOf(-1);

function recordOf(at: number, more: Partial<KeyRecord> = {}): KeyRecord {
  const base = { id: `k${at}`, name: "", prefix: "", sha256: "0".repeat(64), role: "reader" } as const;
  return { ...base, namespaces: ["docs"], createdAtMs: at, ...more };
}

function reasonOf(records: readonly KeyRecord[]): string {
  try {
    makeRoom(records, ADDED, NOW_MS);
    return "taken";
  } catch (error) {
    return errorInfoOf(error as ConnectError).reason;
  }
}

const many = (count: number, more?: Partial<KeyRecord>) => Array.from({ length: count }, (_, at) => recordOf(at, more));

describe("makeRoom", () => {
  it("takes keys up to the limit, and not one more", () => {
    expect(reasonOf(many(KEY_LIMITS.keysMax - 1))).toBe("taken");
    expect(reasonOf(many(KEY_LIMITS.keysMax))).toBe("QUOTA_EXCEEDED");
  });

  it("takes bytes up to the limit", () => {
    const wide = { namespaces: Array.from({ length: 100 }, (_, at) => `${at}`.padStart(128, "n")) };
    expect(reasonOf(many(1_200, wide))).toBe("taken");
    expect(reasonOf(many(1_400, wide))).toBe("QUOTA_EXCEEDED");
  });

  it("forgets what ended the longest ago, and only then", () => {
    const live = many(KEY_LIMITS.keysMax - 2);
    const ended = [recordOf(-2, { revokedAtMs: 30 }), recordOf(-3, { expiresAtMs: 20 })];
    const kept = makeRoom([...ended, ...live], ADDED, NOW_MS);
    expect(kept).toHaveLength(KEY_LIMITS.keysMax);
    expect([kept.includes(ended[0]!), kept.includes(ended[1]!), kept.at(-1)]).toEqual([true, false, ADDED]);
    expect(makeRoom(ended, ADDED, NOW_MS)).toHaveLength(3);
    expect(reasonOf([...live, recordOf(-2, { expiresAtMs: NOW_MS + 1 }), recordOf(-3)])).toBe("QUOTA_EXCEEDED");
  });
});
