import { once } from "node:events";
import { createReadStream, existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VecStoreClient } from "@vecstore/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { VecstoreProcess } from "./harness/process.js";
import { until } from "./harness/server.js";

const COUNT = 20_000;
/** Rows of the file that are no records, spread over it. */
const BAD_EVERY = 4_001;
/** Records after which the server or the importer is ended. */
const ENDED_AFTER = [1, 5_000, 12_000];

let folder: string;
let path: string;
let port: number;
let server: VecstoreProcess | undefined;
let importer: VecstoreProcess | undefined;
let client: VecStoreClient;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vecstore-cli-"));
  path = join(folder, "records.jsonl");
  writeFileSync(path, Array.from({ length: COUNT }, (_, n) => rowOf(n + 1)).join(""));
  port = await freePort();
  server = await serve();
  client = new VecStoreClient(`127.0.0.1:${port}`, { retries: false });
});
afterEach(async () => {
  client.close();
  await importer?.kill();
  await server?.kill();
  await rm(folder, { recursive: true, force: true });
});

const isBad = (row: number) => row % BAD_EVERY === 0;
const idOf = (row: number) => `r${String(row).padStart(6, "0")}`;

function rowOf(row: number): string {
  if (isBad(row)) return "no record\n";
  return `${JSON.stringify({ id: idOf(row), vector: [Math.cos(row), Math.sin(row), 1], metadata: { row } })}\n`;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port: free } = probe.address() as { port: number };
  probe.close();
  await once(probe, "close");
  return free;
}

/** The server again and again on one port, over one directory. */
async function serve(): Promise<VecstoreProcess> {
  const args = ["serve", "--listen", `127.0.0.1:${port}`, "--data", join(folder, "data")];
  const started = VecstoreProcess.run(args);
  await started.prints('"msg":"ready"');
  return started;
}

/** `insert_only`, so that a record that is written twice is refused and counted as bad. */
function startImport(source: string, ...flags: string[]): VecstoreProcess {
  const at = ["--url", `127.0.0.1:${port}`, "--mode", "insert_only", "--batch-size", "100"];
  return VecstoreProcess.run(["import", source, ...at, ...flags]);
}

async function writtenAtLeast(count: number): Promise<void> {
  await until(`${count} records`, async () => ((await client.count()) >= count ? true : undefined));
}

async function expectAll(): Promise<void> {
  const rows: number[] = [];
  for await (const { id, metadata } of client.export({ includeVector: false })) {
    const row = metadata!.row as number;
    expect(id).toBe(idOf(row));
    rows.push(row);
  }
  expect(rows).toEqual(Array.from({ length: COUNT }, (_, n) => n + 1).filter((row) => !isBad(row)));
}

const BAD = Math.floor(COUNT / BAD_EVERY);

describe("vecstore import", { timeout: 180_000 }, () => {
  it("goes on by itself when the server is killed and started again: each record is there once", async () => {
    importer = startImport(path);
    for (const count of ENDED_AFTER) {
      await writtenAtLeast(count);
      server!.signal("SIGKILL");
      await server!.ended();
      server = await serve();
    }
    expect([await importer.ended(), importer.stderr]).toEqual([3, expect.stringMatching(/tries again in 0:01/)]);
    const report = JSON.parse(importer.stdout);
    expect(report).toMatchObject({ rows: COUNT, imported: COUNT - BAD, failed: BAD, resumed_behind_row: 0 });
    // A fast import may be through before the last one.
    expect(report.reconnects).toBeGreaterThanOrEqual(1);
    expect(report.away_ms).toBeGreaterThan(0);
    expect(importer.stderr.match(/the server is back after/g)).toHaveLength(report.reconnects);
    await expectAll();
  });

  it("ends when its patience does, and goes on with the next server", async () => {
    importer = startImport(path, "--patience", "1");
    await writtenAtLeast(1);
    server!.signal("SIGKILL");
    await server!.ended();
    expect([await importer.ended(), importer.stderr]).toEqual([
      1,
      expect.stringMatching(/\((UNREACHABLE|CONNECTION_LOST)\)\n[\d,]+ records are written, .* goes on behind row/),
    ]);
    server = await serve();
    importer = startImport(path);
    expect(await importer.ended()).toBe(3);
    expect(JSON.parse(importer.stdout)).toMatchObject({ rows: COUNT, imported: COUNT - BAD, failed: BAD });
    await expectAll();
  });

  it.each(["SIGKILL", "SIGINT"] as const)("goes on where %s ended it, when it is started again", async (signal) => {
    const state = `${path}.import-state`;
    let interruptions = 0;
    let doneBefore = 0;
    for (const count of [...ENDED_AFTER, COUNT]) {
      const before = await client.count();
      importer = startImport(path);
      const running = importer;
      // What was done before the state is first written would be begun anew; and one that wrote nothing yet may not be there to be told.
      const isFar = async () => existsSync(state) && (await client.count()) >= Math.max(count, before + 1);
      await until("its end, or enough records", async () => running.hasEnded || (await isFar()));
      // A fast one may be through.
      if (!running.hasEnded && count < COUNT) running.signal(signal);
      const status = await running.ended();
      if (status === 3) break;
      expect(status).toBe(signal === "SIGINT" ? 130 : "SIGKILL");
      interruptions++;
      // It is written once a second: an import that is ended before goes on by its token, from the first row.
      doneBefore = JSON.parse(readFileSync(state, "utf8")).row;
    }
    expect([interruptions > 0, await importer!.ended()]).toEqual([true, 3]);
    const report = JSON.parse(importer!.stdout);
    expect(report).toMatchObject({ rows: COUNT, imported: COUNT - BAD, failed: BAD });
    expect(report.resumed_behind_row).toBe(doneBefore);
    expect(existsSync(state)).toBe(false);
    await expectAll();
  });

  it("ends at once on SIGINT while it waits for standard input, and goes on with a state", async () => {
    const state = ["--state", join(folder, "state")];
    importer = startImport("-", ...state);
    const rows = Array.from({ length: 1_000 }, (_, n) => rowOf(n + 1));
    importer.stdin.write(rows.join(""));
    await writtenAtLeast(500);
    importer.signal("SIGINT");
    expect(await importer.ended()).toBe(130);
    importer = startImport("-", ...state);
    createReadStream(path).pipe(importer.stdin);
    expect(await importer.ended()).toBe(3);
    expect(JSON.parse(importer.stdout)).toMatchObject({ rows: COUNT, imported: COUNT - BAD });
    await expectAll();
  });

  it("reads standard input, and writes to standard output what it read", async () => {
    importer = startImport("-");
    createReadStream(path).pipe(importer.stdin);
    expect(await importer.ended()).toBe(3);
    expect(JSON.parse(importer.stdout)).toMatchObject({ imported: COUNT - BAD, failed: BAD, bad_rows_file: null });
    const exporter = VecstoreProcess.run([
      "export",
      "--url",
      `127.0.0.1:${port}`,
      "--no-vectors",
      "--filter",
      "row <= 3",
    ]);
    expect(await exporter.ended()).toBe(0);
    const lines = exporter.stdout
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text));
    expect(lines.map(({ version, ...rest }) => rest)).toEqual(
      [1, 2, 3].map((row) => ({ id: idOf(row), metadata: { row } })),
    );
  });
});
