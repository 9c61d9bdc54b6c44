import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Target } from "./harness/http.js";
import { VecstoreProcess } from "./harness/process.js";
import { methodOf } from "./harness/schema.js";
import { ask } from "./harness/server.js";
import { STREAM_DOORS } from "./harness/stream-doors.js";
import { transferRecords } from "./harness/transfer-records.js";

const COUNT = 10_000;
const BATCH = 250;
/** Answers after which the server is killed, each time counted from the resumption on. */
const KILLED_AFTER = [0, 1, 7, 3, 12];

const IMPORT = methodOf("Import");
const door = STREAM_DOORS.find(({ name }) => name === "gRPC, by connect-node")!;

let data: string;
let server: (VecstoreProcess & { target: Target }) | undefined;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "vecstore-import-"));
});
afterEach(async () => {
  await server?.kill();
  await rm(data, { recursive: true, force: true });
});

/** A beginning that only asks for its token, then rows, several messages ahead of the answers. */
function* messagesOf(records: readonly JsonObject[], resumeToken: string): Generator<JsonObject> {
  yield { mode: "WRITE_MODE_INSERT_ONLY", resumeToken };
  for (let at = 0; at < records.length; at += BATCH) yield { records: records.slice(at, at + BATCH) };
}

test("a server that is killed while it imports has lost nothing that it answered, and the rest is not written twice", async () => {
  const records = transferRecords(COUNT);
  let last: JsonObject = { rows: "0", resume_token: "" };
  let started = false;
  for (const answers of [...KILLED_AFTER, Number.POSITIVE_INFINITY]) {
    server = await VecstoreProcess.serve(data);
    if (!started) {
      await ask(server.target, "NamespaceService.CreateNamespace", {
        name: "n",
        config: { metric: "METRIC_EUCLIDEAN" },
      });
      started = true;
    }
    let seen = -1;
    const input = messagesOf(records.slice(Number(last.rows ?? 0)), last.resume_token as string);
    const named = (function* () {
      for (const message of input) yield message.records === undefined ? { ...message, namespace: "n" } : message;
    })();
    const process = server;
    const outcome = await door.run(server.target, IMPORT, named, (message) => {
      last = message;
      if (++seen === answers) process.signal("SIGKILL");
    });
    if (answers === Number.POSITIVE_INFINITY) expect(outcome.failure).toBeUndefined();
    else expect(await server.ended()).toBe("SIGKILL");
  }
  expect(last).toMatchObject({ rows: String(COUNT), imported: String(COUNT) });
  expect(last).not.toHaveProperty("failed");
  const { messages } = await door.run(server!.target, methodOf("Export"), [{ namespace: "n" }]);
  const found = messages.flatMap(({ records: each }) => (each ?? []) as JsonObject[]);
  expect(found.map(({ version, ...rest }) => rest)).toEqual(records);
}, 120_000);
