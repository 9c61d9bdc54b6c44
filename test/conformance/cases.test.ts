import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { REGISTRY } from "../e2e/harness/schema.js";
import { type Operations, problemsOf } from "./check-case.js";
import { type Case, caseFiles, readJson } from "./executor/case.js";
import { JS_OPERATIONS } from "./executor/js-driver.js";

const read = (name: string) => readJson(new URL(name, import.meta.url));

const FILES = caseFiles();
const CASES: readonly Case[] = FILES.flatMap(({ content }) => content.cases);
const OPERATIONS = read("operations.json") as Operations;
const EXPECTED_FAILURES = read("expected-failures.json") as Readonly<Record<string, readonly string[]>>;

/** Reasons that no case can bring about over a client, and why. */
const REASONS_WITHOUT_CASE: Readonly<Record<string, string>> = {
  DATA_DIR_IN_USE: "a server that meets it does not start",
  FORMAT_TOO_NEW: "a server that meets it does not start",
  UNSUPPORTED_MEDIA_TYPE: "clients send the content type that they must",
  ORIGIN_NOT_ALLOWED: "browsers send Origin and Host by themselves; the CORS tests have it",
};

const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(read("case.schema.json") as object);

describe.each(FILES)("$file", ({ content }) => {
  it("has the form of the schema", () => {
    expect(validate(content) ? [] : validate.errors).toEqual([]);
  });

  it.each(content.cases)("$name: uses names that exist", (one) => {
    expect(problemsOf(one, OPERATIONS)).toEqual([]);
  });
});

describe("the cases together", () => {
  it("have names of their own", () => {
    const names = CASES.map(({ name }) => name);
    expect(names.filter((name, position) => names.indexOf(name) !== position)).toEqual([]);
  });

  it("are known where they are expected to fail", () => {
    const names = new Set(CASES.map(({ name }) => name));
    const entries = Object.values(EXPECTED_FAILURES).flat();
    expect(entries.filter((entry) => !names.has(entry.replace(/ \[[a-z-]+\]$/, "")))).toEqual([]);
    expect(Object.keys(EXPECTED_FAILURES)).toEqual(["js", "go", "python"]);
  });

  it("call every operation", () => {
    const called = new Set(CASES.flatMap(({ steps }) => steps.map((step) => step.do)));
    expect(Object.keys(OPERATIONS.operations).filter((name) => !called.has(name))).toEqual([]);
  });

  it("reach every RPC of the schema", () => {
    const reached = new Set(Object.values(OPERATIONS.operations).map(({ rpc }) => rpc));
    expect(rpcs().filter((rpc) => !reached.has(rpc))).toEqual([]);
  });

  it("see every reason that a server gives", () => {
    const seen = new Set(CASES.flatMap(reasonsOf));
    const lacking = reasons().filter((reason) => !seen.has(reason));
    expect(lacking.sort()).toEqual(Object.keys(REASONS_WITHOUT_CASE).sort());
  });
});

it("runs every operation in JavaScript", () => {
  expect(Object.keys(OPERATIONS.operations).filter((name) => !JS_OPERATIONS.includes(name))).toEqual([]);
});

function rpcs(): string[] {
  const services = [...REGISTRY].filter((each) => each.kind === "service");
  const own = services.filter(({ typeName }) => typeName.startsWith("vecstore.v1."));
  return own.flatMap(({ name, methods }) => methods.map((method) => `${name}.${method.name}`));
}

function reasons(): string[] {
  const values = REGISTRY.getEnum("vecstore.v1.ErrorReason")!.values.filter(({ number }) => number !== 0);
  return values.map(({ name }) => name.replace("ERROR_REASON_", ""));
}

/** The reasons of the errors that a case expects, and of the records that an import leaves out. */
function reasonsOf({ steps }: Case): string[] {
  return steps.flatMap(({ error, expect }) => {
    const { reason } = (error ?? {}) as { reason?: string };
    const { failures = [] } = (expect ?? {}) as { failures?: readonly { readonly reason: string }[] };
    return [
      ...(reason === undefined ? [] : [reason]),
      ...(Array.isArray(failures) ? failures : []).map((each) => each.reason),
    ];
  });
}
