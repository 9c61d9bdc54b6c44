import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { envOf, flagOf, SETTING_NAMES, settingOf } from "./config/settings.js";
import { codeName, ERROR_TABLE } from "./errors.js";
import { createMetrics } from "./observability/metrics.js";

const page = readFileSync(new URL("../../../docs/operations.md", import.meta.url), "utf8");
/** The cells of each table row, by the text of the first. */
const rows = new Map(
  page
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split(" | ").map((cell) => cell.replaceAll(/^\| | \|$|`/g, "").trim()))
    .map((cells) => [cells[0], cells] as const),
);

describe("docs/operations.md", () => {
  it.each(SETTING_NAMES)("tells the truth about the setting %s", (name) => {
    const { key, kind, default: value } = settingOf(name);
    expect(rows.get(flagOf(name))?.slice(0, 4)).toEqual([flagOf(name), envOf(name), key, kind.format(value)]);
  });

  it("lists every metric with its type and labels", () => {
    const metrics = createMetrics({ namespacesMax: 1, numbersOf: async () => new Map() }).describe();
    for (const { name, type, labels } of metrics) {
      expect(rows.get(name)?.slice(0, 3), name).toEqual([name, type, labels.join(" ")]);
    }
    const listed = [...rows.keys()].filter((first) => first?.startsWith("vecstore_"));
    expect(listed.sort()).toEqual(metrics.map(({ name }) => name).sort());
  });

  it("lists every reason with its code and HTTP status", () => {
    for (const [reason, { code, http }] of Object.entries(ERROR_TABLE)) {
      expect(rows.get(reason)?.slice(0, 3), reason).toEqual([reason, codeName(code), String(http)]);
    }
  });
});
