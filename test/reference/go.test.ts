import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Reference, source, WRITE_MS } from "./write-reference.js";

const CLIENT = source("clients/go");

const SOURCES = readdirSync(CLIENT)
  .filter((name) => name.endsWith(".go") && !name.endsWith("_test.go"))
  .map((name) => readFileSync(join(CLIENT, name), "utf8"))
  .join("\n");

const NAME = "[A-Z]\\w*";

/** Functions and types, `Type.Method`, and constants and variables. */
function identifiers(): string[] {
  const declared = [...SOURCES.matchAll(new RegExp(`^(?:func|type|const|var) (${NAME})`, "gm"))].map(
    ([, name]) => name!,
  );
  const methods = [
    ...SOURCES.matchAll(new RegExp(`^func \\((?:\\w+ )?\\*?(${NAME})(?:\\[.*?\\])?\\) (${NAME})\\(`, "gm")),
  ];
  const blocks = [...SOURCES.matchAll(/^(?:const|var) \($(.*?)^\)$/gms)].map(([, block]) => block!).join("\n");
  const values = [...blocks.matchAll(new RegExp(`^\\t(${NAME})`, "gm"))].map(([, name]) => name!);
  return [...declared, ...methods.map(([, type, method]) => `${type}.${method}`), ...values];
}

/** Names of the fields of exported structs, each with its type's. */
function fields(): [string, string][] {
  return [...SOURCES.matchAll(new RegExp(`^type (${NAME}) struct {$(.*?)^}$`, "gms"))].flatMap(([, type, block]) =>
    [...block!.matchAll(new RegExp(`^\\t(${NAME}(?:, ${NAME})*) `, "gm"))].flatMap(([, names]) =>
      names!.split(", ").map((name): [string, string] => [type!, name]),
    ),
  );
}

describe("the reference of Go", () => {
  let reference: Reference;
  let page: string;
  beforeAll(() => {
    reference = new Reference("go");
    page = readFileSync(join(reference.folder, "index.html"), "utf8");
  }, WRITE_MS);
  afterAll(() => reference?.remove());

  /** The description of an identifier and its declaration; empty where it has no place. */
  const entryOf = (id: string): string => page.split(`id="${id}"`)[1]?.split("</pre>")[0] ?? "";

  it("describes each exported identifier", () => {
    const ids = identifiers();
    for (const known of ["NewClient", "Client.Close", "NamespaceHandle.Query", "MetricDot", "Version"])
      expect(ids).toContain(known);
    expect(ids.filter((id) => !/<p>\s*\S/.test(entryOf(id)))).toEqual([]);
  });

  it("shows each field of an exported struct", () => {
    const all = fields();
    expect(all.length).toBeGreaterThan(50);
    const isShown = ([type, field]: [string, string]) =>
      new RegExp(`\\b${field}\\b`).test(entryOf(type).split("<pre>")[1] ?? "");
    expect(all.filter((each) => !isShown(each))).toEqual([]);
  });

  it("has examples", () => {
    expect(page.split('id="NewClient"')[1]).toMatch(
      /<summary>Example<\/summary>\s*<pre>client := vecstore\.NewClient\(/,
    );
  });
});
