import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { beforeEach, describe, expect, it } from "vitest";
import type { WebSocket } from "ws";
import { LivenessWatch } from "./liveness.js";

let webSocket: EventEmitter;
let socket: { bytesWritten: number; writableLength: number };
let watch: LivenessWatch;
beforeEach(() => {
  webSocket = new EventEmitter();
  socket = { bytesWritten: 0, writableLength: 0 };
  watch = new LivenessWatch(webSocket as WebSocket, socket as Socket, 3);
});

const looks = (count: number, isBusy = false) => Array.from({ length: count }, () => watch.look(isBusy));

describe("a peer", () => {
  it("that says nothing is dead at the third look", () => {
    expect(looks(3, true)).toEqual(["alive", "alive", "dead"]);
  });

  it("lives by answers to pings, and by frames", () => {
    for (const hear of [() => webSocket.emit("pong"), () => watch.use()]) {
      for (let i = 0; i < 5; i++) {
        hear();
        expect(watch.look(true)).toBe("alive");
      }
    }
  });

  it("lives by taking some of what waits, and not by what is written for it", () => {
    for (let i = 1; i <= 5; i++) {
      socket = Object.assign(socket, { bytesWritten: 1_000 + i, writableLength: 1_000 });
      expect(watch.look(true)).toBe("alive");
    }
    // More waits, of which nothing is taken.
    socket.bytesWritten += 500;
    socket.writableLength += 500;
    expect(looks(2, true)).toEqual(["alive", "dead"]);
  });
});

describe("a socket", () => {
  it("is idle after so many looks without use and without a query", () => {
    const lookAlive = (isBusy = false) => {
      webSocket.emit("pong");
      return watch.look(isBusy);
    };
    expect([lookAlive(), lookAlive(), lookAlive(), lookAlive()]).toEqual(["alive", "alive", "alive", "idle"]);
    watch.use();
    expect([lookAlive(), lookAlive(), lookAlive(), lookAlive()]).toEqual(["alive", "alive", "alive", "idle"]);
    for (let i = 0; i < 9; i++) expect(lookAlive(true)).toBe("alive");
    expect([lookAlive(), lookAlive(), lookAlive(), lookAlive()]).toEqual(["alive", "alive", "alive", "idle"]);
  });
});
