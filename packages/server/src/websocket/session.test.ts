import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { refusal } from "../errors.js";
import { type DoorClient, SocketDoor } from "../testing/socket-door.js";
import { WEBSOCKET_LIMITS } from "./limits.js";

let door: SocketDoor;
const sockets: Socket[] = [];
beforeEach(() => {
  door = new SocketDoor();
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  door.stop();
});

const KEY = { "x-api-key": "good" };
const query = (requestId: string | number) => JSON.stringify({ vector: [1], request_id: requestId });
const reasonOf = (frame: Record<string, unknown>) => (frame.error as { reason: string }).reason;
const never = () => new Promise<void>(() => {});

/** A socket on which one query runs, and does not end. */
async function running(): Promise<DoorClient> {
  door.gate = never();
  await door.start();
  const client = await door.connect(KEY);
  client.socket.send(query("q"));
  await client.settle();
  expect(door.signals).toHaveLength(1);
  return client;
}

/** The client may know that a socket has closed a moment before the server. */
const expectOneTimer = () => expect.poll(() => door.clock.waiting).toBe(1);

describe("the account of a query", () => {
  it("has the bytes of each result", async () => {
    door.answer = [{ results: [{ id: "a" }, { id: "é" }] }, { stats: { segments: 1 } }];
    await door.start();
    const client = await door.connect(KEY);
    client.socket.send(query("q"));
    const frames = [await client.next(), await client.next(), await client.next()];
    const bytesOut = frames.reduce((sum, frame) => sum + Buffer.byteLength(JSON.stringify(frame)), 0);
    expect(door.charged).toEqual([{ namespace: "docs", requests: 1, bytesIn: query("q").length, bytesOut }]);
  });

  it("ends with an error, whose bytes it has, and which is told of once", async () => {
    door.failure = refusal("DIMENSION_MISMATCH", "é");
    await door.start();
    const client = await door.connect(KEY);
    client.socket.send(query("q"));
    const bytesOut = Buffer.byteLength(JSON.stringify(await client.next()));
    expect(door.charged).toEqual([{ namespace: "docs", requests: 1, bytesIn: query("q").length, bytesOut }]);
    expect(door.ended.map(({ code }) => code)).toEqual(["invalid_argument"]);
  });

  it("ends before the last frame is taken: who reads it finds it counted", async () => {
    // More than what the system's buffers take, so that the frame waits for its reader.
    const reason = "x".repeat(16 * 1024 * 1024);
    door.answer = [{ stats: { segments: 1 }, explain: { plan: { reason } } }];
    await door.start();
    const client = await door.connect(KEY);
    client.socket.pause();
    client.socket.send(query("q"));
    await expect.poll(() => door.charged.map(({ requests }) => requests)).toContain(1);
  });
});

describe("a key in the first frame", () => {
  it("takes the socket with it when it ends, as one in a header does", async () => {
    await door.start();
    const client = await door.connect();
    client.socket.send('{"auth": "good"}');
    await client.settle();
    door.credential.end("was revoked");
    expect(reasonOf(await client.next())).toBe("API_KEY_UNKNOWN");
    expect(await client.closed).toEqual([1008]);
  });

  it("is not waited for any more when the socket has closed", async () => {
    await door.start();
    const client = await door.connect();
    await client.settle();
    expect(door.clock.waiting).toBe(2);
    client.socket.close();
    await client.closed;
    await expectOneTimer();
  });

  it("cannot take the place of the key that the socket has", async () => {
    await door.start();
    const client = await door.connect(KEY);
    client.socket.send('{"auth": "good"}');
    expect(reasonOf(await client.next())).toBe("INVALID_ARGUMENT");
    client.socket.send(query("q"));
    expect(await client.next()).toMatchObject({ complete: true });
  });
});

describe("a key that ends", () => {
  it("says nothing to a socket that is gone", async () => {
    await door.start();
    const client = await door.connect(KEY);
    client.socket.close();
    await client.closed;
    await expect.poll(() => door.connections()).toBe(0);
    door.credential.end("was revoked");
    expect(door.ended).toEqual([]);
  });

  it("ends what runs at once, and does not wait for the peer to close", async () => {
    await running();
    door.credential.end("was revoked");
    expect(door.signals[0]!.aborted).toBe(true);
  });
});

describe("a query that runs", () => {
  it("ends when its client goes away", async () => {
    const client = await running();
    client.socket.terminate();
    await expect.poll(() => door.signals[0]!.aborted).toBe(true);
  });

  it("ends when it is canceled, and no other", async () => {
    const client = await running();
    client.socket.send(query(7));
    client.socket.send('{"cancel": "q"}');
    await expect.poll(() => door.signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    client.socket.send('{"cancel": 7}');
    await expect.poll(() => door.signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it("has its id for itself: another under it is refused, by an error that is not taken for its end", async () => {
    const client = await running();
    client.socket.send(query("q"));
    const frame = await client.next();
    expect([reasonOf(frame), "request_id" in frame, door.signals.length]).toEqual(["INVALID_ARGUMENT", false, 1]);
    client.socket.send('{"cancel": "q"}');
    await expect.poll(() => door.signals[0]!.aborted).toBe(true);
  });

  it("is one of so many, and one more is refused", async () => {
    const client = await running();
    const { queriesMax } = WEBSOCKET_LIMITS;
    for (let number = 2; number <= queriesMax; number++) client.socket.send(query(number));
    client.socket.send(query("more"));
    expect(await client.next()).toMatchObject({
      request_id: "more",
      error: { reason: "CONCURRENCY_LIMITED", details: { usage: String(queriesMax), limit: String(queriesMax) } },
    });
    expect(door.signals).toHaveLength(queriesMax);
  });
});

it("a frame that is too large ends its socket, and is counted", async () => {
  await door.start();
  const client = await door.connect(KEY);
  client.socket.send("x".repeat(WEBSOCKET_LIMITS.frameBytesMax + 1));
  expect(await client.closed).toEqual([1009]);
  await expect.poll(() => door.ended.map(({ code }) => code)).toEqual(["resource_exhausted"]);
});

/** A request for a WebSocket by hand, with these headers in place of the usual. */
function ask(headers: Readonly<Record<string, string | undefined>> = {}): Socket {
  const socket = connectTcp({ port: door.port, host: "127.0.0.1", allowHalfOpen: true });
  sockets.push(socket);
  socket.on("error", () => {});
  const usual = {
    host: `127.0.0.1:${door.port}`,
    connection: "upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": Buffer.alloc(16).toString("base64"),
    "x-api-key": "good",
  };
  const lines = Object.entries({ ...usual, ...headers }).flatMap(([name, value]) =>
    value ? [`${name}: ${value}`] : [],
  );
  socket.write(`GET /v1/query/stream HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  return socket;
}

/** The status of the answer and the reason in it. */
async function answerTo(headers: Readonly<Record<string, string | undefined>>): Promise<readonly [string, string?]> {
  const [data] = await once(ask(headers), "data");
  const text = String(data);
  return [text.slice(9, 12), /"reason":"(\w+)"/.exec(text)?.[1]] as const;
}

describe("a handshake by hand", () => {
  it.each([
    ["another version", { "sec-websocket-version": "8" }, "400", "INVALID_ARGUMENT"],
    ["no version", { "sec-websocket-version": undefined }, "400", "INVALID_ARGUMENT"],
    ["no key of its own", { "sec-websocket-key": undefined }, "400", "INVALID_ARGUMENT"],
    ["a host that is none", { host: "a@b" }, "400", "INVALID_ARGUMENT"],
    ["a foreign origin", { origin: "https://evil.example.com" }, "403", "ORIGIN_NOT_ALLOWED"],
    [
      "a local origin, which counts only where no key is needed",
      { origin: "http://localhost:1" },
      "403",
      "ORIGIN_NOT_ALLOWED",
    ],
    ["an origin that CORS allows", { origin: "https://app.example.com" }, "101", undefined],
    ["all that it needs", {}, "101", undefined],
  ])("with %s is answered", async (_, headers, status, reason) => {
    await door.start({ corsOrigins: ["https://app.example.com"] });
    expect(await answerTo(headers)).toEqual([status, reason]);
  });

  it("of a local page is taken where no key is needed, and of others is not", async () => {
    door.isOn = false;
    await door.start();
    expect(await answerTo({ origin: "http://localhost:1" })).toEqual(["101", undefined]);
    expect(await answerTo({ origin: "http://evil.example.com" })).toEqual(["403", "ORIGIN_NOT_ALLOWED"]);
  });

  it("that is refused says when to come again, under the id of the caller", async () => {
    await door.start({ socketsMax: 0 });
    const refused = await door.refuse({ ...KEY, "x-request-id": "mine" });
    expect(refused).toMatchObject({ status: 429, reason: "CONNECTIONS_LIMITED" });
    expect(refused.headers).toMatchObject({ "retry-after": "5", "x-request-id": "mine", connection: "close" });
  });

  it("that is refused is over, although the caller keeps its side open", async () => {
    await door.start();
    const socket = ask({ "x-api-key": "bad" });
    await once(socket.resume(), "end");
    expect(socket.destroyed).toBe(false);
    await expect.poll(() => door.connections()).toBe(0);
  });

  it("whose caller resets the connection is nobody's error", async () => {
    await door.start();
    for (let i = 0; i < 20; i++) {
      const socket = ask({ "x-api-key": "bad" });
      await once(socket, "connect");
      socket.resetAndDestroy();
    }
    await expect.poll(() => door.connections()).toBe(0);
    expect((await answerTo({}))[0]).toBe("101");
  });
});
