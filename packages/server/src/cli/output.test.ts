import { describe, expect, it } from "vitest";
import { tableText } from "./output.js";

describe("tableText", () => {
  it("makes columns as wide as their widest cell", () => {
    expect(
      tableText(
        ["A", "LONG"],
        [
          ["wide cell", "x"],
          ["y", ""],
        ],
      ),
    ).toBe("A          LONG\nwide cell  x\ny\n");
    expect(tableText(["A", "B"], [])).toBe("A  B\n");
  });

  it("lets no cell steer the terminal", () => {
    expect(tableText(["A"], [["\u001b[2J\u009b\n\tüß"]])).toBe("A\n?[2J???üß\n");
  });
});
