import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { writeResponse } from "./write-response.js";

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Serves one body, and tells how writing it ended. */
async function serve(body: AsyncIterable<Uint8Array>) {
  let settle: (written: Promise<void>) => void = () => {};
  const written = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const server = createServer((_request, response) => {
    settle(writeResponse({ status: 200, header: new Headers({ "x-a": "1" }), body }, response));
  });
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  const sent = request({ port: (server.address() as AddressInfo).port, host: "127.0.0.1" }).end();
  const [answer] = await once(sent, "response");
  return { sent, answer, written };
}

/** Counts what was asked for, and whether it was told to end. */
function endless() {
  const seen = { chunks: 0, hasEnded: false };
  async function* body() {
    try {
      for (;;) {
        seen.chunks++;
        yield new Uint8Array(64 * 1024);
      }
    } finally {
      seen.hasEnded = true;
    }
  }
  return { seen, body: body() };
}

describe("writeResponse", () => {
  it("writes head and body", async () => {
    async function* body() {
      yield Buffer.from("one ");
      yield Buffer.from("two");
    }
    const { answer, written } = await serve(body());
    await written;
    expect([answer.statusCode, answer.headers["x-a"]]).toEqual([200, "1"]);
    expect((await answer.setEncoding("utf8").toArray()).join("")).toBe("one two");
  });

  it("tells the body to end when the reader goes away with a full buffer", async () => {
    const { seen, body } = endless();
    const { sent, written } = await serve(body);
    // Nobody reads, so the body stands still once the buffers are full.
    let last = 0;
    do {
      last = seen.chunks;
      for (let turn = 0; turn < 1_000; turn++) await new Promise(setImmediate);
    } while (seen.chunks !== last);
    expect(seen.hasEnded).toBe(false);
    sent.destroy();
    await written;
    expect(seen.hasEnded).toBe(true);
  });
});
