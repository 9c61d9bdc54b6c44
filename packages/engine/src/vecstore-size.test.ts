import { expect, it } from "vitest";
import type { Quantization } from "./model/namespace.js";
import type { OpenOptions } from "./model/options.js";
import type { SegmentMemory, SegmentStats, StoreStats } from "./model/read.js";
import type { RecordInput } from "./model/record.js";
import { MemoryEnv } from "./storage/memory-env.js";
import { createRandom } from "./storage/random.js";
import { VecStore } from "./vecstore.js";

/** Columns are allocated for 65,536 slots at a time, bytes by 256 KiB to 2 MiB: so many records leave nothing unused. */
const COUNT = 65_536;
const DIMENSION = 64;
const M = 8;
const ID_BYTES = 12;
/** {"number":10000} */
const METADATA_BYTES = 16;
const TEXT = "thirty-two letters and a period.";
const TEXT_BYTES = TEXT.length;
/** Its length in terms, and six postings, of which 128 with neighboring slots and one count take 12 bytes and 16 in the directory. */
const TEXT_INDEX = 4 + 6 * (28 / 128);
/** Design and count may differ by so much. */
const TOLERANCE = 0.1;

const roundUp = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple;

/** Bytes a record, as docs/operations.md says under "Memory". */
const UPPER = 8 / M + (4 + 4 * M) / (M - 1);
const VECTOR = 4 * DIMENSION;
/** One u32 for each run of 4 KiB. */
const CHECKSUM = 4 / Math.floor(4_096 / VECTOR);
const ID = ID_BYTES + 4 + (8 * 2 ** Math.ceil(Math.log2(COUNT / 0.7))) / COUNT;

const INDEXED: Omit<SegmentMemory, "vectors" | "graph"> = {
  ids: ID,
  // The bytes and their ends, and the column of numbers: offset and value of each record.
  metadata: METADATA_BYTES + 8 + 10,
  text: TEXT_BYTES + 8 + TEXT_INDEX,
  sparse: 0,
  // A version, and whether there is a text.
  other: 9,
};

/** What a store holds just filled, opened again, and opened with the vectors on the disk; and bytes on the disk. */
function designOf(quantization: Quantization) {
  const code = { int8: roundUp(DIMENSION, 16), none: VECTOR, binary: roundUp(8 + DIMENSION / 8, 16) }[quantization];
  const node = roundUp(16 + 8 * M + code, 64);
  /** Two bits of each component, and what they are scored with. */
  const sketch = quantization !== "int8" ? 0 : (2 * code) / 8 + 8;
  /** New codes also stand in a ring, and a thread that searches and one that builds have two bytes each. */
  const filled: SegmentMemory = { ...INDEXED, graph: node + sketch + UPPER + code + 8 + 4, vectors: VECTOR + 4 };
  /** The filter of this test has the column of numbers sorted. */
  const reopened: SegmentMemory = {
    ...INDEXED,
    metadata: METADATA_BYTES + 8 + 14,
    graph: node + sketch + UPPER + 2,
    vectors: VECTOR + 4,
  };
  const part = ID_BYTES + 4 + VECTOR + CHECKSUM + 8 + METADATA_BYTES + 8 + TEXT_BYTES + 8 + 1;
  return { filled, reopened, onDisk: { ...reopened, vectors: CHECKSUM }, disk: part + node + UPPER };
}

async function fill(store: VecStore): Promise<void> {
  const random = createRandom(5);
  for (let from = 0; from < COUNT; from += 512) {
    const records = Array.from({ length: 512 }, (_, i) => ({
      id: `rec-${10_000_000 + from + i}`,
      vector: Float32Array.from({ length: DIMENSION }, () => random() - 0.5),
      metadata: { number: 10_000 + ((from + i) % 80_000) },
      text: TEXT,
    }));
    await upsertPatiently(store, records);
  }
  await store.settled();
  await indexTexts(store);
}

/** Texts are indexed in the background; a search waits for that. */
async function indexTexts(store: VecStore): Promise<void> {
  await store.query({ text: "letters", limit: 1 });
}

/** Waits for the graph when it lags too far behind. */
async function upsertPatiently(store: VecStore, records: readonly RecordInput[]): Promise<void> {
  try {
    await store.upsert(records);
  } catch (error) {
    expect(error).toMatchObject({ reason: "INDEX_BACKLOG" });
    await store.settled();
    await store.upsert(records);
  }
}

/** Compares each part of a segment's memory, and the sums, with the design. */
function expectDesign(stats: StoreStats, design: SegmentMemory, what: string): SegmentStats {
  const [segment] = stats.segments;
  expect(stats.segments).toHaveLength(1);
  for (const [part, bytes] of Object.entries(design)) {
    const found = segment!.memory[part as keyof SegmentMemory] / COUNT;
    expect(found, `${part} ${what}`).toBeGreaterThanOrEqual(bytes * (1 - TOLERANCE));
    expect(found, `${part} ${what}`).toBeLessThanOrEqual(bytes * (1 + TOLERANCE));
  }
  const whole = Object.values(design).reduce((sum, bytes) => sum + bytes, 0);
  expect(stats.memoryBytesPerRecord / whole, what).toBeGreaterThan(1 - TOLERANCE);
  expect(stats.memoryBytesPerRecord / whole, what).toBeLessThan(1 + TOLERANCE);
  return segment!;
}

it.each(["int8", "none"] as const)(
  "a record takes what the design says, in memory and on the disk, and stats says so: %s",
  async (quantization) => {
    const design = designOf(quantization);
    const env = new MemoryEnv();
    const options: OpenOptions = { env, threads: 0, m: M, efConstruction: 16, dimension: DIMENSION, quantization };
    const filled = await VecStore.open("data", options);
    await fill(filled);
    expectDesign(await filled.stats(), design.filled, "after filling");
    await filled.close();
    for (const [memoryForVectors, memory] of [
      [undefined, design.reopened],
      [0, design.onDisk],
    ] as const) {
      const store = await VecStore.open("data", { env, threads: 0, memoryForVectors });
      // Columns of fields are made in the background.
      await store.count({ filter: "number > 0" });
      await indexTexts(store);
      const stats = await store.stats();
      const what = `with ${memoryForVectors ?? "any"} bytes for vectors`;
      const { diskBytes, vectorsOnDiskBytes } = expectDesign(stats, memory, what);
      expect(vectorsOnDiskBytes).toBe(memoryForVectors === 0 ? COUNT * VECTOR : 0);
      expect(stats.diskBytes).toBe(diskBytes);
      expect(stats.diskBytesPerRecord / design.disk).toBeGreaterThan(1 - TOLERANCE);
      expect(stats.diskBytesPerRecord / design.disk).toBeLessThan(1 + TOLERANCE);
      await store.close();
    }
  },
);
