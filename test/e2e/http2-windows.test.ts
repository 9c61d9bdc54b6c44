import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  CODE,
  call,
  headers,
  headOf,
  INITIAL_WINDOW,
  message,
  PREFACE,
  padded,
  RawConnection,
  settings,
  TYPE,
  widen,
} from "./harness/raw-http2.js";
import { startTestServer, type TestServer, until } from "./harness/server.js";

/** About 1 MB as an answer. */
const LARGE = message("Get", { ids: ["large"], includeText: true });
const STREAM_WINDOW = 1024 * 1024;
const SMALL = message("Get", { ids: ["r1"] });
const WINDOW_MAX = 2 ** 31 - 1;

let server: TestServer;
const open: RawConnection[] = [];

beforeAll(async () => {
  server = await startTestServer();
  await server.ask("Upsert", {
    records: [
      { id: "r1", vector: [1, 2] },
      { id: "large", vector: [1, 1], text: "x ".repeat(500_000) },
    ],
  });
});
afterEach(async () => {
  for (const connection of open.splice(0)) connection.destroy();
  const other = new RawConnection(server);
  other.send(call(1, "Get", SMALL), call(3, "List", message("List", { pageSize: 1 })));
  await Promise.all([other.end(1), other.end(3)]);
  other.destroy();
  expect(server.logged.filter(({ message: said, msg }) => [said, msg].includes("request_error"))).toEqual([]);
});
afterAll(() => server?.stop());

function connection(greeting?: Buffer): RawConnection {
  const made = new RawConnection(server, greeting);
  open.push(made);
  return made;
}

/** All that the client takes. */
const WIDE = Buffer.concat([PREFACE, settings([INITIAL_WINDOW, WINDOW_MAX]), widen(0, WINDOW_MAX - 65_535)]);

/** What a client that does not read makes the server keep, in this process too. */
const keptBytes = () => process.memoryUsage().arrayBuffers;

test("answers that nobody reads are bounded, however large the windows are", async () => {
  const client = connection(WIDE);
  await client.roundTrip();
  client.socket.pause();
  const before = keptBytes();
  const streams = Array.from({ length: 400 }, (_, at) => 2 * at + 1);
  client.send(...streams.map((stream) => call(stream, "Get", LARGE)));
  const other = connection();
  for (let stream = 1; stream < 100; stream += 2) {
    other.send(call(stream, "Get", SMALL));
    await other.end(stream);
    expect(keptBytes() - before).toBeLessThan(300 * 1024 * 1024);
  }
  client.socket.resume();
  // How much of it the server has read by then is the system's to say.
  const isServed = () => streams.every((stream) => client.hasEnded(stream) || client.resetOf(stream) !== undefined);
  await until("all answers, or an end", () => client.isClosed || isServed());
  expect(client.goaway).toBe(client.isClosed ? CODE.calm : undefined);
});

test("large answers come whole to a client that reads, however large its windows are", async () => {
  const client = connection(WIDE);
  const streams = Array.from({ length: 40 }, (_, at) => 2 * at + 1);
  for (const stream of streams) client.send(call(stream, "Get", LARGE));
  for (const stream of streams) {
    await client.end(stream);
    expect(client.bytesOf(stream)).toBeGreaterThan(1_000_000 - 1);
  }
});

/** Waits until a stream's window and the connection's have room for so many bytes more. */
async function room(client: RawConnection, stream: number, sent: number): Promise<void> {
  const given = () =>
    client.of(stream, TYPE.windowUpdate).reduce((sum, { payload }) => sum + payload.readUInt32BE(), 0);
  await until("a window", () => sent <= STREAM_WINDOW + given());
}

test.each([
  ["Upsert", 8_000],
  ["List", 8_000],
])(
  "padding takes nothing of the windows of %s for good",
  async (method, frames) => {
    const client = connection();
    client.send(headers(1, headOf(method)));
    for (let sent = 301, count = 0; count < frames; count++, sent += 301) {
      await room(client, 1, sent);
      client.send(padded(1, Buffer.alloc(45), 255));
    }
    await client.roundTrip();
    expect([client.goaway, client.resetOf(1)]).toEqual([undefined, undefined]);
  },
  30_000,
);
