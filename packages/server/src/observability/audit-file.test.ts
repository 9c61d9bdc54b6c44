import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AuditFile } from "./audit-file.js";

let folder: string;
let directory: string;
const files: AuditFile[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vecstore-audit-"));
  directory = join(folder, "audit");
});
afterEach(async () => {
  for (const file of files.splice(0)) await file.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(fileBytesMax = 100, filesMax = 3): AuditFile {
  const file = new AuditFile({ directory, fileBytesMax, filesMax });
  files.push(file);
  return file;
}

const nameOf = (number: number) => `audit-${String(number).padStart(10, "0")}.log`;
const textOf = (number: number) => readFileSync(join(directory, nameOf(number)), "utf8");

describe("an audit file", () => {
  it("adds lines, also to what an earlier process wrote, and only the owner may read it", async () => {
    open().append("one");
    const file = open();
    file.append("two é");
    await file.sync();
    expect([readdirSync(directory), textOf(1)]).toEqual([[nameOf(1)], "one\ntwo é\n"]);
    expect([statSync(directory).mode & 0o077, statSync(join(directory, nameOf(1))).mode & 0o077]).toEqual([0, 0]);
  });

  it("begins another when the next line does not fit, and removes the oldest", () => {
    const file = open(10, 2);
    for (const line of ["123456789", "abc", "defgh", "x", "a line longer than a file"]) file.append(line);
    expect(readdirSync(directory)).toEqual([nameOf(3), nameOf(4)]);
    expect([textOf(3), textOf(4)]).toEqual(["x\n", "a line longer than a file\n"]);
  });

  it("syncs for all that wait, and over the change to another file", async () => {
    const file = open(10, 100);
    const syncs: Promise<void>[] = [];
    for (let at = 0; at < 50; at++) {
      file.append(`line ${at}`);
      syncs.push(file.sync());
    }
    await Promise.all(syncs);
    // Those that came before the first sync began share it.
    expect(new Set(syncs).size).toBe(1);
    file.append("more");
    const next = file.sync();
    file.append("in a further file");
    await next;
    expect(readdirSync(directory)).toHaveLength(52);
  });

  it("goes on with the newest after a restart, and leaves other files alone", () => {
    const first = open(10, 2);
    for (const line of ["123456789", "abc"]) first.append(line);
    writeFileSync(join(directory, "notes.txt"), "mine");
    writeFileSync(join(directory, "audit-1.log"), "mine too");
    const second = open(10, 2);
    for (const line of ["def", "ghi", "123456789"]) second.append(line);
    expect(readdirSync(directory)).toEqual([nameOf(3), nameOf(4), "audit-1.log", "notes.txt"]);
    expect([textOf(3), textOf(4)]).toEqual(["ghi\n", "123456789\n"]);
  });

  it("does not glue a line to one that a crash cut", () => {
    open().append("one");
    appendFileSync(join(directory, nameOf(1)), '{"time":"20');
    open().append("two");
    expect(textOf(1)).toBe('one\n{"time":"20\ntwo\n');
  });
});
