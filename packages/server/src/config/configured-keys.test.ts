import { NAME_PATTERN } from "@vecstore/engine";
import { describe, expect, it } from "vitest";
import { configuredKeys } from "./configured-keys.js";

const kind = configuredKeys();
const SHA256 = "0A".repeat(32);
const key = (more: object = {}) => ({ name: "ingest", sha256: SHA256, role: "writer", namespaces: ["docs"], ...more });

describe("auth.keys", () => {
  it("is read from YAML and from JSON alike, and reads back what it prints", () => {
    const expected = [
      { name: "ingest", sha256: SHA256.toLowerCase(), role: "writer", namespaces: ["docs"] },
      { name: "prometheus", env: "SCRAPE_KEY", role: "metrics", namespaces: [] },
    ];
    const given = [key(), { name: "prometheus", env: "SCRAPE_KEY", role: "metrics" }];
    for (const raw of [given, JSON.stringify(given), kind.format(expected as never)]) {
      expect(kind.parse(raw)).toEqual(expected);
    }
    expect([kind.parse([]), kind.parse("[]"), kind.format([])]).toEqual([[], [], ""]);
  });

  const many = (count: number, of: (at: number) => unknown) => Array.from({ length: count }, (_, at) => of(at));
  it.each<[string, unknown]>([
    ["no list", "{}"],
    ["no JSON", "a-key-in-clear-text"],
    ["text in the list", ["x"]],
    ["a field that it does not know", [key({ key: "clear" })]],
    ["no name", [key({ name: undefined })]],
    ["a hostile name", [key({ name: "a\nb" })]],
    ["a name that logs have for others", [key({ name: "admin" })]],
    ["a name twice", [key(), key()]],
    ["both secrets", [key({ env: "X" })]],
    ["no secret", [key({ sha256: undefined })]],
    ["an empty variable's name", [key({ sha256: undefined, env: "" })]],
    ["a key in place of its digest", [key({ sha256: "vs_secret" })]],
    ["no role", [key({ role: undefined })]],
    ["an unknown role", [key({ role: "root" })]],
    ["a writer of nothing", [key({ namespaces: [] })]],
    ["a writer of 101 namespaces", [key({ namespaces: many(101, (at) => `n${at}`) })]],
    ["a hostile namespace", [key({ namespaces: ["../x"] })]],
    ["an admin of something", [key({ role: "admin" })]],
    ["101 keys", many(101, (at) => key({ name: `n${at}` }))],
  ])("refuses %s, without saying what was given", (_, raw) => {
    expect(() => kind.parse(raw)).toThrow(/allowed|must be|needs|leave|give one/);
    try {
      kind.parse(raw);
    } catch (error) {
      for (const secret of ["clear", "vs_secret"]) expect((error as Error).message).not.toContain(`"${secret}`);
    }
  });

  it("takes as many as it says", () => {
    expect(kind.parse(many(100, (at) => key({ name: `n${at}`, namespaces: many(100, (n) => `n${n}`) })))).toHaveLength(
      100,
    );
  });

  it("knows names as the engine does", () => {
    for (const name of ["a", "a".repeat(128), "A.b-c_9"]) {
      expect([NAME_PATTERN.test(name), kind.parse([key({ name, namespaces: [name] })]).length]).toEqual([true, 1]);
    }
    for (const name of ["", ".a", "a".repeat(129), "é", "a b", "a\n"]) {
      expect(NAME_PATTERN.test(name)).toBe(false);
      expect(() => kind.parse([key({ namespaces: [name] })])).toThrow();
    }
  });
});
