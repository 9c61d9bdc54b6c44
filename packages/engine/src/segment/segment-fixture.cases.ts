import type { Core } from "../core/core.js";
import { encodeUtf8 } from "../metadata/utf8.js";
import { encodeSparse } from "../sparse/codec.js";
import { Segment, type SegmentOptions, type SlotInput } from "./segment.js";

/** mulberry32: the same numbers for the same seed, on every machine. */
export function createRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A segment of four dimensions without a graph, unless the options say otherwise. */
export function createSegment(core: Core, options: Partial<SegmentOptions> = {}): Segment {
  return new Segment({
    number: 1,
    dimension: 4,
    metric: "cosine",
    m: 8,
    efConstruction: 40,
    seed: 7,
    core,
    slotsMax: 20_000,
    ...options,
  });
}

/** A record whose every part follows from `i`; every third has no metadata, every second no text, every fourth a sparse vector,
 * one in seven a time. */
export function recordOf(i: number, version: number, dimension = 4): SlotInput {
  const vector = Float32Array.from({ length: dimension }, (_, k) => Math.sin(i * 13.7 + k * 3.1));
  const metadata = i % 3 === 0 ? new Uint8Array(0) : encodeUtf8(JSON.stringify({ i, tag: "é".repeat(i % 5) }));
  const text = i % 2 === 0 ? `text of ${i} ☃` : undefined;
  const sparse = i % 4 === 0 ? encodeSparse({ indices: [i, i + 7], values: [0.5, -i - 1] }) : undefined;
  return { id: `record-${i}`, vector, metadata, text, sparse, version, expiresAtMs: i % 7 === 3 ? 1_000 + i : 0 };
}

/** Appends `count` records, each with its number + 1 as version. */
export function fill(segment: Segment, count: number, from = 0): void {
  for (let i = from; i < from + count; i++) segment.append(recordOf(i, i + 1, segment.dimension));
}

/** Everything that can be read of a slot. */
export function readSlot(segment: Segment, slot: number): unknown {
  return {
    id: segment.idOf(slot),
    version: segment.versionOf(slot),
    vector: [...segment.vectorOf(slot)],
    metadata: segment.metadataOf(slot),
    text: segment.textOf(slot),
    sparse: segment.sparseOf(slot),
    death: segment.deathOf(slot),
    soft: segment.isSoft(slot),
    expiresAtMs: segment.expiry.of(slot),
  };
}

/** `readSlot` of every slot. */
export function readAllSlots(segment: Segment): unknown[] {
  return Array.from({ length: segment.count }, (_, slot) => readSlot(segment, slot));
}
