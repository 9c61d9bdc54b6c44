import { describe, expect, it } from "vitest";
import { ManualClock } from "../testing/manual-clock.js";
import { TIMER_MS_MAX } from "./clock.js";
import { Credential } from "./credential.js";
import { digestOf } from "./keys.js";

const START_MS = 1_000_000;

function credentialOf(clock: ManualClock, expiresInMs?: number) {
  const expiresAtMs = expiresInMs === undefined ? undefined : START_MS + expiresInMs;
  return new Credential({ id: "k", role: "reader", namespaces: ["a"], digest: digestOf("x"), expiresAtMs }, clock);
}

describe("a credential", () => {
  it("works until its time, and not at it", () => {
    const clock = new ManualClock(START_MS);
    const credential = credentialOf(clock, 10);
    clock.advance(9);
    expect(credential.ending).toBeUndefined();
    clock.advance(1);
    expect(credential.ending).toBe("has expired");
  });

  it("tells its listeners once, with the first reason, and later ones at once", () => {
    const credential = credentialOf(new ManualClock(START_MS));
    const told: string[] = [];
    credential.onEnd((why) => told.push(`a ${why}`));
    const stop = credential.onEnd((why) => told.push(`b ${why}`));
    stop();
    credential.end("was revoked");
    credential.end("was rotated");
    credential.onEnd((why) => told.push(`c ${why}`));
    expect(told).toEqual(["a was revoked", "c was revoked"]);
    expect(credential.ending).toBe("was revoked");
  });

  it("ends what runs when its time comes, with one timer, and none when nobody listens", () => {
    const clock = new ManualClock(START_MS);
    const credential = credentialOf(clock, 10);
    const told: string[] = [];
    const stops = [1, 2, 3].map(() => credential.onEnd((why) => told.push(why)));
    expect(clock.waiting).toBe(1);
    stops[0]?.();
    clock.advance(10);
    expect([told, clock.waiting]).toEqual([["has expired", "has expired"], 0]);
    const other = credentialOf(new ManualClock(START_MS), 10);
    other.onEnd(() => {})();
    expect(clock.waiting).toBe(0);
  });

  it("waits for a time that is farther away than a timer reaches", () => {
    const clock = new ManualClock(START_MS);
    const credential = credentialOf(clock, TIMER_MS_MAX + 5);
    const told: string[] = [];
    credential.onEnd((why) => told.push(why));
    clock.advance(TIMER_MS_MAX + 4);
    expect([told, clock.waiting]).toEqual([[], 1]);
    clock.advance(1);
    expect(told).toEqual(["has expired"]);
  });

  it("starts no timer when it does not expire", () => {
    const clock = new ManualClock(START_MS);
    credentialOf(clock).onEnd(() => {});
    expect(clock.waiting).toBe(0);
  });
});
