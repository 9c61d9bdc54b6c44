import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CONNECT_STATUS, ERROR_CASES } from "./errors.cases.js";
import { REST_LINES } from "./harness/rest.js";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = read("docs/protocol.md");

/** Reason, code and the two statuses, as the page's table has them. */
const rows = page.split("\n").flatMap((line) => {
  const [, code, connect, rest, reasons] = /^\| `(\w+)` \| (\d+) \| (\d+) \| (.+) \|$/.exec(line) ?? [];
  const names = [...(reasons ?? "").matchAll(/`([A-Z_]+)`/g)].map((match) => match[1]!);
  return names.map((reason) => ({ reason, code: code!, connect: Number(connect), rest: Number(rest) }));
});

describe("docs/protocol.md", () => {
  test("has every reason of the schema once, with its code", () => {
    const schema = read("proto/vecstore/v1/error.proto");
    const found = schema.matchAll(/^ {2}\/\/ (\w+)[:,][^\n]*\n(?: {2}\/\/[^\n]*\n)* {2}ERROR_REASON_(\w+) = [1-9]/gm);
    const expected = [...found].map((match) => `${match[2]} ${match[1]}`);
    expect(expected.length).toBeGreaterThan(50);
    expect(rows.map(({ reason, code }) => `${reason} ${code}`).sort()).toEqual(expected.sort());
  });

  test("has the statuses that the error tests see", () => {
    for (const { reason, code, connect } of rows) expect(connect, reason).toBe(CONNECT_STATUS[code]);
    for (const { reason, http } of ERROR_CASES) {
      expect(rows.find((row) => row.reason === reason)?.rest, reason).toBe(http);
    }
  });

  test("has every path of REST that is built", () => {
    const missing = REST_LINES.filter((line) => !page.includes(`\`${line}\``));
    // These are named where the page says what is not built.
    expect(
      missing.filter(
        (line) => !/(measure-recall|\/admin\/(keys|stats|usage)|\{name\}\/stats|^(PATCH|DELETE) \/admin)/.test(line),
      ),
    ).toEqual([]);
  });
});
