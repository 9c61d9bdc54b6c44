import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { H2SPEC } from "../../scripts/deploy-tools.mjs";
import { tryRun } from "../deploy/run.js";
import { startTestServer, type TestServer } from "./harness/server.js";

/**
 * By section and what is done. The tool takes the answer to the first for a frame. To the others the server answers less harshly than it might:
 * it ends the stream, where RFC 9113 would have the connection ended.
 */
const FAILING: readonly string[] = [
  "http2/3.5: Sends invalid connection preface",
  "http2/5.1.1: Sends stream identifier that is numerically smaller than previous",
  "http2/5.1: closed: Sends a HEADERS frame",
];
/** All that the tool has. */
const CASES = 145;

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), "vecstore-h2spec-"));
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

test("HTTP/2 is spoken as h2spec has it, save in the cases that are known", async () => {
  const report = join(folder, "report.xml");
  await tryRun(H2SPEC, ["--host", "127.0.0.1", "--port", String(server.port), "--junit-report", report]);
  const cases = casesIn(await readFile(report, "utf8"));
  expect(cases).toHaveLength(CASES);
  expect(cases.filter(({ hasFailed }) => hasFailed).map(({ name }) => name)).toEqual(FAILING);
});

/** Cases of a report in JUnit's form, sorted by name. */
function casesIn(report: string) {
  const cases = [...report.matchAll(/<testcase package="([^"]*)" classname="([^"]*)"[^>]*>([\s\S]*?)<\/testcase>/g)];
  return cases
    .map(([, section, done, inside]) => ({
      name: `${section}: ${done}`,
      hasFailed: /<(failure|error)/.test(inside!),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
