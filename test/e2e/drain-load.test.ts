import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Load } from "./harness/load.js";
import { byName, VecstoreProcess } from "./harness/process.js";
import { ask, certificateFile, TLS_CLIENT, until } from "./harness/server.js";

let folder: string;
const ends: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vecstore-drain-"));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await rm(folder, { recursive: true, force: true });
});

const TLS = ["--tls-cert", certificateFile("server.pem"), "--tls-key", certificateFile("server.key")];

/** The requests that the server read: each has a line when it is over. */
function readIds(stdout: string): string[] {
  const lines = stdout.split("\n").filter((line) => line.includes('"msg":"request_complete"'));
  return lines.map((line) => JSON.parse(line).request_id as string).filter((id) => id.startsWith("load-"));
}

describe("SIGTERM under load", () => {
  test.each([
    ["in clear text", []],
    ["over TLS", TLS],
  ])("answers every request that was read, %s, and exits with 0", async (_, args) => {
    const server = await VecstoreProcess.serve(join(folder, "data"), [...args, "--log-level", "debug"]);
    ends.push(() => server.kill());
    const target = { ...byName(server.target), ...(args.length > 0 && { ca: TLS_CLIENT.ca }) };
    await ask(target, "Upsert", { records: [{ id: "a", vector: [1, 0] }] });
    const load = new Load(target, 2);
    ends.push(() => load.stop());
    await until("the load runs", () => load.progress() >= 5);
    server.signal("SIGTERM");
    expect(await server.ended()).toBe(0);
    await load.stop();
    expect(server.stdout).toContain('"msg":"stopped"');
    const read = readIds(server.stdout);
    const answered = new Set(load.of().flatMap((one) => (one.isAnswered ? [one.requestId] : [])));
    expect(read.filter((id) => !answered.has(id))).toEqual([]);
    expect(read.length).toBeGreaterThanOrEqual(answered.size);
    // What was answered was served, or told that the server goes.
    const outcomes = new Set(load.of().flatMap((one) => (one.isAnswered ? [one.outcome.slice(0, 7)] : [])));
    expect([...outcomes].filter((each) => !["200", "grpc 0", "503", "grpc 14"].includes(each))).toEqual([]);
  });
});
