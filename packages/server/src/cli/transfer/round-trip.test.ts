import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RecordInput, VecStoreClient } from "@vecstore/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pretendTerminal, runForTest } from "../../testing/command.js";
import { startTestServer, stopTestServers } from "../../testing/server.js";

const COUNT = 2_000;

let url: string;
let client: VecStoreClient;
let folder: string;
let restoreTerminal: () => void;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "vecstore-cli-"));
  restoreTerminal = pretendTerminal(false);
  ({ url } = await startTestServer());
  client = new VecStoreClient(url);
  for (const name of ["mixed", "dense"]) await client.createNamespace(name, { metric: "euclidean" });
  await client.namespace("mixed").upsertAll(Array.from({ length: COUNT }, (_, n) => mixedRecord(n)));
  await client.namespace("dense").upsertAll(Array.from({ length: COUNT }, (_, n) => ({ ...mixedRecord(n * 10 + 1) })));
});
afterAll(async () => {
  client.close();
  restoreTerminal();
  await stopTestServers();
  rmSync(folder, { recursive: true, force: true });
});

/** Numbers that decimals, dictionaries and JSON may lose; every tenth record has no dense vector. */
function mixedRecord(n: number): RecordInput {
  const noise = Math.fround(Math.sin(n * 12.9898) * 43_758.5453);
  return {
    id: n % 3 === 0 ? `é,"${n}"\n😀` : `r${n}`,
    ...(n % 10 !== 0 && {
      vector: [noise, n % 2 === 0 ? -0 : 2 ** -149, Math.fround(1e15 / (n + 1)), Math.fround(1e18 + n)],
    }),
    ...(n % 4 !== 0 && {
      metadata: { n, part: n / 7, nested: { "é\n": [n % 2 === 0, null, '\u2028,"x"'] }, zip: "01234" },
    }),
    ...((n % 5 === 0 || n % 10 === 0) && {
      sparse: { indices: [n, 4_294_967_295], values: [Math.fround(0.1), -n - 1] },
    }),
    ...(n % 7 === 0 && { text: ` text ${n},\r\n"quoted" 😀 ` }),
    ...(n % 11 === 0 && { expiresAtMs: 253_402_300_799_123 }),
  };
}

/** Every record, without its version, and the vector as its bytes. */
async function contentsOf(namespace: string): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const { version, vector, ...rest } of client.namespace(namespace).export()) {
    all.push({ ...rest, bits: vector && Buffer.from(vector.buffer).toString("hex") });
  }
  return all;
}

async function run(...args: string[]) {
  const { status, out, err } = await runForTest(...args, "--url", url);
  expect([status, err]).toEqual([0, ""]);
  return JSON.parse(out);
}

async function expectSame(namespace: string, original: string): Promise<void> {
  const [copied, expected] = await Promise.all([contentsOf(namespace), contentsOf(original)]);
  expect(copied).toHaveLength(COUNT);
  expect(copied).toEqual(expected);
}

describe("an export that is imported again", () => {
  it.each([
    ["jsonl", []],
    ["jsonl", ["--base64"]],
    ["csv", []],
    ["parquet", []],
  ])("is the same, bit for bit, as %s %j", async (format, flags) => {
    const path = join(folder, `records.${format}`);
    expect(await run("export", path, "--namespace", "mixed", ...flags)).toMatchObject({ records: COUNT, file: path });
    const name = `from-${format}${flags.length}`;
    await client.createNamespace(name, { metric: "euclidean" });
    expect(await run("import", path, "--namespace", name)).toMatchObject({ rows: COUNT, imported: COUNT, failed: 0 });
    await expectSame(name, "mixed");
  });

  it("is the same as .npy and lines of JSON", async () => {
    const [npy, lines] = [join(folder, "vectors.npy"), join(folder, "beside.jsonl")];
    await run("export", npy, "--records", lines, "--namespace", "dense");
    expect(readFileSync(lines, "utf8")).not.toContain('"vector"');
    await client.createNamespace("from-npy", { metric: "euclidean" });
    await run("import", npy, "--records", lines, "--namespace", "from-npy");
    await expectSame("from-npy", "dense");
  });

  it("is what POST /v1/import and /v1/export have, too", async () => {
    const response = await fetch(`${url}/v1/export`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ namespace: "mixed" }),
    });
    const path = join(folder, "rest.jsonl");
    writeFileSync(path, await response.text());
    await client.createNamespace("from-rest", { metric: "euclidean" });
    await run("import", path, "--namespace", "from-rest");
    await expectSame("from-rest", "mixed");

    const ours = join(folder, "records.jsonl");
    await run("export", ours, "--namespace", "mixed");
    await client.createNamespace("to-rest", { metric: "euclidean" });
    const sent = await fetch(`${url}/v1/import?namespace=to-rest`, {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
      body: readFileSync(ours),
    });
    await sent.text();
    await expectSame("to-rest", "mixed");
  });
});
