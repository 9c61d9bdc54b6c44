import { expect, it } from "vitest";
import { LIMITS } from "../limits.js";
import { crc32 } from "../storage/crc32.js";
import { MemoryEnv } from "../storage/memory-env.js";
import { entryBytes, FRAGMENTS, frameBytes, layEntry, peekFrame, readFrame, sealEntry } from "./frame.js";
import { payloadOf } from "./log-fixture.cases.js";

const env = new MemoryEnv();
const SALT_CRC = crc32(Uint8Array.of(1, 2, 3, 4));
const MIB = LIMITS.logFragmentBytesMax;

function sealed(payload: Uint8Array, sequence = 1, durableUpTo = 0): Uint8Array {
  const frames = new Uint8Array(entryBytes(payload.length));
  layEntry(frames, 1, sequence, payload);
  sealEntry(env, frames, SALT_CRC, durableUpTo);
  return frames;
}

it("writes the worked bytes of docs/format.md", () => {
  const worked = `
    c1 f5 37 08  05 00 00 00  01 00 00 00  01  00 00 00
    01 00 00 00 00 00 00 00   00 00 00 00 00 00 00 00
    68 65 6c 6c 6f  00 00 00`;
  const bytes = sealed(new TextEncoder().encode("hello"));
  const written = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  expect(written).toBe(worked.trim().replace(/\s+/g, " "));
});

it.each([
  [0, [FRAGMENTS.whole]],
  [1, [FRAGMENTS.whole]],
  [8, [FRAGMENTS.whole]],
  [MIB, [FRAGMENTS.whole]],
  [MIB + 1, [FRAGMENTS.first, FRAGMENTS.last]],
  [2 * MIB, [FRAGMENTS.first, FRAGMENTS.last]],
  [3 * MIB - 1, [FRAGMENTS.first, FRAGMENTS.middle, FRAGMENTS.last]],
])("cuts a payload of %i bytes into fragments %j", (length, fragments) => {
  const payload = payloadOf(2, length);
  const bytes = sealed(payload, 2 ** 40 + 7, 2 ** 41);
  const found: number[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length; ) {
    const frame = readFrame(env, bytes, at, SALT_CRC)!;
    expect(frame).toMatchObject({ namespace: 1, sequence: 2 ** 40 + 7, durableUpTo: 2 ** 41 });
    expect(Buffer.compare(frame.payload, payload.subarray(from, from + frame.payload.length))).toBe(0);
    found.push(frame.fragment);
    from += frame.payload.length;
    at += frame.bytes;
  }
  expect(from).toBe(length);
  expect(found).toEqual(fragments);
});

it("refuses a frame of a file with another salt, and every flipped bit that counts", () => {
  const bytes = sealed(payloadOf(1, 13));
  expect(readFrame(env, bytes, 0, SALT_CRC)).toBeDefined();
  expect(readFrame(env, bytes, 0, crc32(Uint8Array.of(1, 2, 3, 5)))).toBeUndefined();
  for (let bit = 0; bit < (32 + 13) * 8; bit++) {
    const damaged = new Uint8Array(frameBytes(MIB));
    damaged.set(bytes);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    expect(readFrame(env, damaged, 0, SALT_CRC), `bit ${bit}`).toBeUndefined();
  }
});

it("takes no zeros for a frame", () => {
  expect(peekFrame(new Uint8Array(64), 0)).toBeUndefined();
});
