import { EventEmitter } from "node:events";
import { beforeEach, describe, expect, it } from "vitest";
import type { WebSocket } from "ws";
import { WEBSOCKET_LIMITS } from "./limits.js";
import { Outbox } from "./outbox.js";

/** A socket whose peer takes frames when it is told to. */
class StalledSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  isPaused = false;
  readonly #waiting: { readonly bytes: number; readonly done: () => void }[] = [];

  send(text: string, done: () => void): void {
    this.bufferedAmount += text.length;
    this.#waiting.push({ bytes: text.length, done });
  }

  /** The peer takes the oldest frame. */
  take(): void {
    const { bytes, done } = this.#waiting.shift()!;
    this.bufferedAmount -= bytes;
    done();
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  close(): void {
    this.readyState = 3;
    this.emit("close");
  }
}

const LARGE = "x".repeat(WEBSOCKET_LIMITS.bufferedBytesMax + 1);
let socket: StalledSocket;
let outbox: Outbox;
beforeEach(() => {
  socket = new StalledSocket();
  outbox = new Outbox(socket as unknown as WebSocket);
});

const signal = () => new AbortController().signal;
/** How a promise stands after all that is due now has happened. */
async function stateOf(promise: Promise<unknown>): Promise<string> {
  const state = promise.then(
    () => "sent",
    (error: { message: string }) => error.message,
  );
  const turn = new Promise<string>((resolve) => setImmediate(() => resolve("waiting")));
  return Promise.race([state, turn]);
}

describe("a frame", () => {
  it("may follow at once while little waits, and is waited for when much does", async () => {
    expect(await stateOf(outbox.send("x", signal()))).toBe("sent");
    const sending = outbox.send(LARGE, signal());
    expect(await stateOf(sending)).toBe("waiting");
    socket.take();
    expect(await stateOf(sending)).toBe("waiting");
    socket.take();
    expect(await stateOf(sending)).toBe("sent");
  });

  it("is not waited for when its query is ended", async () => {
    const controller = new AbortController();
    const sending = outbox.send(LARGE, controller.signal);
    controller.abort();
    expect(await stateOf(sending)).toBe("sent");
  });

  it("is not sent on a socket that has closed, and ends what waits for one", async () => {
    const sending = outbox.send(LARGE, signal());
    socket.close();
    expect(await stateOf(sending)).toBe("[canceled] the caller went away");
    expect(await stateOf(outbox.send("x", signal()))).toBe("[canceled] the caller went away");
  });
});

describe("errors", () => {
  it("keep the peer from sending more while too many wait, until all were taken", () => {
    const { unsentErrorsMax } = WEBSOCKET_LIMITS;
    for (let i = 1; i < unsentErrorsMax; i++) outbox.sendError("e");
    expect(socket.isPaused).toBe(false);
    outbox.sendError("e");
    expect(socket.isPaused).toBe(true);
    for (let i = 1; i < unsentErrorsMax; i++) socket.take();
    expect(socket.isPaused).toBe(true);
    socket.take();
    expect(socket.isPaused).toBe(false);
  });

  it("make room for the frames that wait behind them", async () => {
    outbox.sendError(LARGE);
    const sending = outbox.send("x", signal());
    expect(await stateOf(sending)).toBe("waiting");
    socket.take();
    expect(await stateOf(sending)).toBe("sent");
  });

  it("are left out on a socket that has closed", () => {
    socket.close();
    outbox.sendError("e");
    expect(socket.bufferedAmount).toBe(0);
  });
});
