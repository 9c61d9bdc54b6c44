import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { SocketDoor } from "../testing/socket-door.js";

let door: SocketDoor;
beforeEach(() => {
  door = new SocketDoor();
});
afterEach(() => door.stop());

/** The client may know that a socket has closed a moment before the server. */
const expectNoTimers = () =>
  expect
    .poll(() => {
      door.clock.advance(30_000);
      return door.clock.waiting;
    })
    .toBe(0);

const query = (requestId: string) => JSON.stringify({ vector: [1], request_id: requestId });
const reasonOf = (frame: Record<string, unknown>) => (frame.error as { reason: string }).reason;

describe("a socket without a key", () => {
  it("has five seconds to send one", async () => {
    await door.start();
    const [late, inTime] = [await door.connect(), await door.connect()];
    inTime.socket.send('{"auth": "good"}');
    await inTime.settle();
    door.clock.advance(4_999);
    late.socket.send("{");
    expect(reasonOf(await late.next())).toBe("INVALID_ARGUMENT");
    door.clock.advance(1);
    expect(reasonOf(await late.next())).toBe("API_KEY_MISSING");
    expect(await late.closed).toEqual([1008]);
    inTime.socket.send(query("q"));
    expect(await inTime.next()).toMatchObject({ complete: true, request_id: "q" });
    expect(door.ended.map(({ door: by, code }) => [by, code])).toEqual([
      ["websocket", "invalid_argument"],
      ["websocket", "unauthenticated"],
      ["websocket", "ok"],
    ]);
  });

  it("has one try", async () => {
    await door.start();
    const client = await door.connect();
    client.socket.send('{"auth": "bad"}');
    client.socket.send('{"auth": "good"}');
    client.socket.send(query("q"));
    expect(reasonOf(await client.next())).toBe("API_KEY_UNKNOWN");
    expect(await client.closed).toEqual([1008]);
  });

  it("leaves no timer behind when it goes", async () => {
    await door.start();
    const client = await door.connect();
    client.socket.close();
    await client.closed;
    await expectNoTimers();
  });

  it("that was open before there were keys needs one from then on", async () => {
    door.isOn = false;
    await door.start();
    const client = await door.connect();
    client.socket.send(query("before"));
    expect(await client.next()).toMatchObject({ complete: true });
    door.isOn = true;
    client.socket.send(query("after"));
    expect(reasonOf(await client.next())).toBe("API_KEY_MISSING");
    expect(await client.closed).toEqual([1008]);
  });
});

describe("a query", () => {
  it("is charged as a request, with the bytes of its frames", async () => {
    await door.start();
    const client = await door.connect({ "x-api-key": "good" });
    client.socket.send(query("q"));
    const answer = await client.next();
    const sent = { bytesIn: query("q").length, bytesOut: JSON.stringify(answer).length };
    expect(door.charged[0]).toEqual({ namespace: "docs", requests: 1, ...sent });
  });

  it("is refused while its key comes too often, and the socket stays open", async () => {
    await door.start();
    const client = await door.connect({ "x-api-key": "good" });
    door.isLimited = true;
    client.socket.send(query("q"));
    expect(await client.next()).toMatchObject({
      request_id: "q",
      error: { reason: "RATE_LIMITED", details: { setting: "s" } },
    });
    door.isLimited = false;
    client.socket.send(query("q"));
    expect(await client.next()).toMatchObject({ complete: true });
  });
});

describe("a key that ends", () => {
  it("ends its socket, and what runs on it", async () => {
    door.gate = new Promise(() => {});
    await door.start();
    const client = await door.connect({ "x-api-key": "good" });
    client.socket.send(query("q"));
    await client.settle();
    door.credential.end("was revoked");
    expect(reasonOf(await client.next())).toBe("API_KEY_UNKNOWN");
    expect(await client.closed).toEqual([1008]);
  });
});

describe("a socket", () => {
  it("is pinged, and lives as long as its peer answers", async () => {
    await door.start({ idleTimeoutMs: 1_000_000 });
    const client = await door.connect({ "x-api-key": "good" });
    for (let look = 0; look < 6; look++) {
      const pinged = once(client.socket, "ping");
      door.clock.advance(30_000);
      await pinged;
      await client.settle();
    }
    client.socket.send(query("q"));
    expect(await client.next()).toMatchObject({ complete: true });
  });

  it("is cut when its peer answers two pings with nothing", async () => {
    await door.start({ idleTimeoutMs: 1_000_000 });
    const client = await door.connect({ "x-api-key": "good" }, { autoPong: false });
    for (let look = 0; look < 2; look++) {
      const pinged = once(client.socket, "ping");
      door.clock.advance(30_000);
      await pinged;
    }
    door.clock.advance(30_000);
    expect(await client.closed).toEqual([1006]);
  });

  it("is closed when nothing was asked for the idle time, but not while a query runs", async () => {
    let open = () => {};
    door.gate = new Promise((resolve) => (open = resolve));
    await door.start({ idleTimeoutMs: 60_000 });
    const client = await door.connect({ "x-api-key": "good" });
    client.socket.send(query("q"));
    await client.settle();
    const look = async () => {
      const pinged = once(client.socket, "ping");
      door.clock.advance(30_000);
      await pinged;
      await client.settle();
    };
    for (let i = 0; i < 4; i++) await look();
    open();
    expect(await client.next()).toMatchObject({ complete: true });
    for (let i = 0; i < 2; i++) await look();
    door.clock.advance(30_000);
    expect(await client.closed).toEqual([1000]);
    await expectNoTimers();
  });
});

describe("a server that drains", () => {
  it("closes its sockets when nothing runs on them, and opens none", async () => {
    let open = () => {};
    door.gate = new Promise((resolve) => (open = resolve));
    await door.start();
    const [busy, idle] = [await door.connect({ "x-api-key": "good" }), await door.connect({ "x-api-key": "good" })];
    busy.socket.send(query("q"));
    await busy.settle();
    door.lifecycle.enter("draining");
    expect(await idle.closed).toEqual([1001]);
    expect(await door.refuse({ "x-api-key": "good" })).toMatchObject({ status: 503, reason: "DRAINING" });
    expect(busy.socket.readyState).toBe(WebSocket.OPEN);
    open();
    expect(await busy.next()).toMatchObject({ complete: true });
    expect(await busy.closed).toEqual([1001]);
  });
});

describe("a handshake", () => {
  it("is refused in clear text where TLS is required", async () => {
    await door.start({ isTlsRequired: true });
    expect(await door.refuse({ "x-api-key": "good" })).toMatchObject({ status: 400, reason: "INVALID_ARGUMENT" });
  });

  it("with a wrong key is refused, and counted", async () => {
    await door.start();
    expect(await door.refuse({ "x-api-key": "bad" })).toMatchObject({ status: 403, reason: "API_KEY_UNKNOWN" });
    expect(door.ended).toMatchObject([{ door: "websocket", method: "QueryStream", code: "permission_denied" }]);
  });

  it("is refused when so many sockets are open", async () => {
    await door.start({ socketsMax: 1 });
    const client = await door.connect();
    expect(await door.refuse()).toMatchObject({ status: 429, reason: "CONNECTIONS_LIMITED" });
    client.socket.close();
    await client.closed;
    await expect
      .poll(() =>
        door.connect().then(
          () => "open",
          () => "refused",
        ),
      )
      .toBe("open");
  });
});
