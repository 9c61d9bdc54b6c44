import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runForTest } from "../../testing/command.js";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "vecstore-completion-"));
  writeFileSync(join(folder, "records.jsonl"), "");
  for (const shell of ["bash", "zsh", "fish"]) {
    const { status, out } = await runForTest("completion", shell);
    expect(status).toBe(0);
    writeFileSync(join(folder, `completion.${shell}`), out);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const has = (shell: string) => spawnSync(shell, ["-c", "true"]).status === 0;

function run(shell: string, code: string): string[] {
  const { status, stdout, stderr } = spawnSync(shell, ["-c", code], { cwd: folder, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout.split("\n").filter((line) => line !== "");
}

/** What bash offers for the last of these words. */
function bash(...words: string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const code = `source completion.bash; COMP_WORDS=(vecstore ${quoted}); COMP_CWORD=${words.length}; _vecstore; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return run("bash", code);
}

describe.skipIf(!has("bash"))("completion by bash (left out where there is none)", () => {
  it.each([
    [["q"], ["query"]],
    [["re"], ["restore"]],
    [
      ["snapshot", ""],
      ["create", "list", "download", "delete"],
    ],
    [
      ["keys", "r"],
      ["rotate", "revoke"],
    ],
    [["import", "--form"], ["--format"]],
    [["import", "--format", "p"], ["parquet"]],
    [["import", "rec"], ["records.jsonl"]],
    [["import", "x.jsonl", "--state", "rec"], ["records.jsonl"]],
    [["import", "--id-field", ""], []],
    [
      ["namespaces", "create", "n", "--metric", ""],
      ["cosine", "dot", "euclidean"],
    ],
    [["namespaces", "list", "--met"], []],
    [["serve", "--tls-ce"], ["--tls-cert"]],
    [["completion", "bash", "--h"], ["--help"]],
    [["nonsense", "--h"], []],
  ])("offers for %j %j", (words, offers) => {
    expect(bash(...words)).toEqual(offers);
  });

  it("offers every command", () => {
    expect(bash("")).toEqual(
      expect.arrayContaining(["serve", "import", "export", "bench", "doctor", "completion", "help"]),
    );
  });
});

describe.skipIf(!has("fish"))("completion by fish (left out where there is none)", () => {
  const fish = (line: string) =>
    run("fish", `source completion.fish; complete -C '${line}'`).map((each) => each.split("\t")[0]);

  it.each([
    ["vecstore q", ["query"]],
    ["vecstore snapshot d", ["delete", "download"]],
    ["vecstore import --form", ["--format"]],
    ["vecstore import --format p", ["parquet"]],
    ["vecstore import rec", ["records.jsonl"]],
    ["vecstore namespaces list --met", []],
  ])("offers for %s %j", (line, offers) => {
    expect(fish(line).toSorted()).toEqual(offers);
  });
});

describe.skipIf(!has("zsh"))("completion by zsh (left out where there is none)", () => {
  it("is a script that zsh loads", () => {
    expect(
      run(
        "zsh",
        "autoload -Uz compinit && compinit -u -d ./dump && source ./completion.zsh && print $_comps[vecstore]",
      ),
    ).toEqual(["_vecstore"]);
  });
});

describe("vecstore completion", () => {
  it("does not know other shells", async () => {
    const { status, err } = await runForTest("completion", "tcsh");
    expect([status, err]).toEqual([2, expect.stringContaining("allowed: bash, zsh, fish")]);
    expect((await runForTest("completion", "constructor")).status).toBe(2);
  });
});
