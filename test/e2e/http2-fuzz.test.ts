import { afterAll, beforeAll, expect, test } from "vitest";

import {
  call,
  FLAG,
  frame,
  headers,
  headOf,
  message,
  PREFACE,
  padded,
  RawConnection,
  reset,
  settings,
  TYPE,
  widen,
} from "./harness/raw-http2.js";
import { startTestServer, type TestServer, until } from "./harness/server.js";
import { randomFrom } from "./harness/tenants.js";

const GET = message("Get", { ids: ["r1"] });
const LIST = message("List", { pageSize: 2 });

/** What a client might send: plain calls and others, whole and in pieces. */
const FRAMES: readonly Buffer[] = [
  settings([4, 100_000], [1, 4_096]),
  call(1, "Get", GET),
  call(3, "List", LIST),
  headers(5, headOf("Upsert")),
  padded(5, message("Upsert", { records: [{ id: "r2", vector: [1, 2] }] }), 9, FLAG.endStream),
  widen(0, 70_000),
  frame(TYPE.ping, 0, Buffer.alloc(8)),
  call(7, "Get", GET, ["x-request-id", "seven"]),
  frame(TYPE.headers, 9, Buffer.alloc(0)),
  frame(TYPE.continuation, 9, headers(9, headOf("List")).subarray(9), FLAG.endHeaders),
  reset(9),
  widen(7, 1_000),
  call(11, "Count", message("Count", {})),
];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await server.ask("Upsert", { records: [{ id: "r1", vector: [1, 1] }] });
});
afterAll(() => server?.stop());

async function isServed(): Promise<void> {
  const client = new RawConnection(server);
  client.send(call(1, "Get", GET), call(3, "List", LIST));
  await Promise.all([client.end(1), client.end(3)]);
  client.destroy();
}

test.each([5, 6, 7])(
  "whatever comes, others are served, seed %s, 200 connections",
  async (seed) => {
    const random = randomFrom(seed);
    const below = (end: number) => Math.floor(random() * end);
    for (let round = 0; round < 200; round++) {
      const frames = [...FRAMES];
      // Frames that are left out, come twice, or change their places.
      for (let changes = below(3); changes > 0; changes--)
        frames.splice(below(frames.length), below(2), FRAMES[below(FRAMES.length)]!);
      const bytes = Buffer.concat(frames);
      for (let changes = below(6); changes > 0; changes--)
        bytes[below(bytes.length)] = random() < 0.5 ? below(256) : below(4);
      const client = new RawConnection(server, PREFACE);
      const cut = below(bytes.length);
      client.send(bytes.subarray(0, cut));
      client.send(bytes.subarray(cut), frame(TYPE.ping, 0, Buffer.alloc(8, 1)));
      // A frame whose length was changed waits for more.
      if (round % 4 === 0) client.socket.end();
      // No more is sure: a first frame whose length was changed waits for more.
      await until("a greeting, or an end", () => client.frames.length > 1 || client.isClosed);
      if (round % 20 === 0) await isServed();
      client.destroy();
    }
    await isServed();
    expect(server.logged.filter(({ message: said, msg }) => [said, msg].includes("request_error"))).toEqual([]);
  },
  60_000,
);
