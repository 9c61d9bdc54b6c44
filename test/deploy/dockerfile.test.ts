import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { REPOSITORY } from "../tidy/tree.js";
import { execForm, pairsOf, parseDockerfile } from "./dockerfile.js";

const read = (path: string) => readFileSync(join(REPOSITORY, path), "utf8");

describe("parseDockerfile", () => {
  test("joins lines, leaves comments out and finds flags and stages", () => {
    const text = `# one\nFROM a:1 AS build\nRUN x \\\n # two\n && y\n\nFROM b:2\nCOPY --from=build --link=true /x ./\n`;
    const [build, last] = parseDockerfile(text);
    expect(build).toMatchObject({ base: "a:1", name: "build", steps: [{ instruction: "RUN", line: 3 }] });
    expect(build!.steps[0]!.rest.replace(/\s+/g, " ")).toBe("x && y");
    expect(last).toMatchObject({ base: "b:2", name: undefined });
    expect(last!.steps).toEqual([
      { instruction: "COPY", flags: { from: "build", link: "true" }, rest: "/x ./", line: 8 },
    ]);
  });

  test.each([
    ["FROM a\nADD x /", "Dockerfile:2: ADD cannot be tested"],
    ["FROM a\nENV A=$B", "Dockerfile:2: ENV cannot be tested"],
    ["FROM a\nRUN <<END", "Dockerfile:2: RUN cannot be tested"],
    ["RUN x", "Dockerfile:1: RUN cannot be tested; allowed: FROM first"],
  ])("refuses what it could not carry out: %j", (text, message) => {
    expect(() => parseDockerfile(text)).toThrow(message);
  });

  test("reads pairs and lists", () => {
    const [{ steps }] = parseDockerfile('FROM a\nENV A=1 \\\n B="two words"\nCMD ["x", "y z"]\nCMD x y') as [
      ReturnType<typeof parseDockerfile>[0],
    ];
    expect(pairsOf(steps[0]!)).toEqual({ A: "1", B: "two words" });
    expect(execForm(steps[1]!)).toEqual(["x", "y z"]);
    expect(() => execForm(steps[2]!)).toThrow("Dockerfile:5: CMD must be a list in brackets");
  });
});

describe("the Dockerfile", () => {
  test("copies what npm reads of every package before it installs", () => {
    const [build] = parseDockerfile(read("Dockerfile"));
    const copied = build!.steps.filter(({ instruction }) => instruction === "COPY").map(({ rest }) => rest);
    const folders = [...readdirSync(join(REPOSITORY, "packages")).map((name) => `packages/${name}`), "test"];
    expect(copied).toEqual(expect.arrayContaining(folders.map((folder) => `${folder}/package.json ${folder}/`)));
  });
});
