import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../limits.js";
import type { Metric } from "../model/namespace.js";
import { type Core, loadCore } from "./core.js";
import { clusteredVectors, createRandom, referenceDistance } from "./fixtures.cases.js";
import type { Vectors } from "./vectors.js";

const METRICS: readonly Metric[] = ["cosine", "dot", "euclidean"];
const SEED = 4711;

function createFilled(core: Core, metric: Metric, data: Float32Array, dimension: number): Vectors {
  const vectors = core.createVectors({ dimension, metric });
  vectors.append(data);
  return vectors;
}

function distancesOfAll(vectors: Vectors, query: Float32Array): Float32Array {
  const out = new Float32Array(vectors.count);
  vectors.distances(vectors.prepare(query), 0, vectors.count, out);
  return out;
}

for (const threads of [0, 1]) {
  describe(`Vectors, ${threads} threads`, () => {
    let core: Core;
    beforeAll(async () => {
      core = await loadCore({ threads });
    });
    afterAll(() => core.close());

    test.each(METRICS)("%s distances agree with f64 for every tail length of the kernels", (metric) => {
      for (let dimension = 1; dimension <= 67; dimension++) {
        const data = clusteredVectors(9, dimension, SEED);
        const query = clusteredVectors(1, dimension, SEED + 1);
        const vectors = createFilled(core, metric, data, dimension);
        distancesOfAll(vectors, query).forEach((distance, slot) => {
          const exact = referenceDistance(metric, query, data.subarray(slot * dimension, (slot + 1) * dimension));
          expect(Math.abs(distance - exact), `dimension ${dimension}`).toBeLessThan(1e-5 * (1 + Math.abs(exact)));
        });
        vectors.release();
      }
    });

    test.each(METRICS)("a %s distance has the same bits by scan, by part of a scan and by slot", (metric) => {
      for (const dimension of [1, 3, 17, 100, 1000]) {
        const data = clusteredVectors(700, dimension, SEED);
        const vectors = createFilled(core, metric, data, dimension);
        const query = vectors.prepare(clusteredVectors(1, dimension, SEED + 1));
        const all = new Float32Array(700);
        vectors.distances(query, 0, 700, all);
        const part = new Float32Array(300);
        vectors.distances(query, 311, 611, part);
        expect(part).toEqual(all.slice(311, 611));
        const random = createRandom(SEED);
        const slots = Uint32Array.from({ length: 500 }, () => Math.floor(random() * 700));
        const bySlot = new Float32Array(500);
        vectors.distancesOf(query, slots, 400, bySlot);
        slots.subarray(0, 400).forEach((slot, i) => {
          expect(bySlot[i]).toBe(all[slot]);
        });
        expect(bySlot[400]).toBe(0);
        vectors.release();
      }
    });

    test("keeps vectors bit for bit, over many chunks and appends of any size", () => {
      for (const dimension of [1, 100, 5000]) {
        const count = dimension === 1 ? 200_000 : dimension === 100 ? 30_000 : 700;
        const data = clusteredVectors(count, dimension, SEED);
        new Uint32Array(data.buffer)[3] = 0x80000000; // -0
        new Uint32Array(data.buffer)[4] = 0x00000001; // the smallest f32
        const vectors = core.createVectors({ dimension, metric: "cosine" });
        const sizes = [1, 2, 400, 7, 5000, count];
        for (let from = 0, i = 0; from < count; i++) {
          const n = Math.min(sizes[i % sizes.length]!, count - from);
          expect(vectors.append(data.subarray(from * dimension, (from + n) * dimension))).toBe(from);
          from += n;
        }
        const expected = Buffer.from(data.buffer);
        expect(Buffer.concat([...vectors.ranges(0, count)].map((view) => Buffer.from(view))).equals(expected)).toBe(
          true,
        );
        const part = Buffer.concat([...vectors.ranges(5, 600)].map((view) => Buffer.from(view)));
        expect(part.equals(expected.subarray(5 * dimension * 4, 600 * dimension * 4))).toBe(true);
        for (const slot of [0, 1, 300, 600, count - 1]) {
          expect(vectors.read(slot)).toEqual(data.slice(slot * dimension, (slot + 1) * dimension));
        }
        expect(vectors.bytes).toBeGreaterThanOrEqual(count * dimension * 4);
        vectors.release();
      }
    });

    test("answers several prepared queries in turn", () => {
      const vectors = createFilled(core, "dot", Float32Array.of(1, 0, 0, 1), 2);
      const a = vectors.prepare(Float32Array.of(2, 3));
      const query = Float32Array.of(5, 7);
      const b = vectors.prepare(query);
      query.fill(0);
      const out = new Float32Array(2);
      for (const [prepared, expected] of [
        [a, [-2, -3]],
        [b, [-5, -7]],
        [a, [-2, -3]],
      ] as const) {
        vectors.distances(prepared, 0, 2, out);
        expect([...out]).toEqual(expected);
      }
      vectors.release();
    });

    test("a zero vector and a zero query are at cosine distance 1 from everything", () => {
      const vectors = createFilled(core, "cosine", Float32Array.of(0, 0, 3, 4), 2);
      expect([...distancesOfAll(vectors, Float32Array.of(1, 1))][0]).toBe(1);
      expect([...distancesOfAll(vectors, Float32Array.of(0, 0))]).toEqual([1, 1]);
      vectors.release();
    });

    test("cosine of tiny and of huge vectors neither vanishes nor overflows", () => {
      for (const scale of [1e-30, 1e30]) {
        const vectors = createFilled(core, "cosine", Float32Array.of(3 * scale, 4 * scale), 2);
        const [distance] = distancesOfAll(vectors, Float32Array.of(4 * scale, 3 * scale));
        expect(distance).toBeCloseTo(0.04, 5);
        vectors.release();
      }
    });

    test("holds vectors of the largest dimension", () => {
      const dimension = LIMITS.dimensionMax;
      const data = clusteredVectors(20, dimension, SEED);
      const vectors = createFilled(core, "euclidean", data, dimension);
      expect(distancesOfAll(vectors, data.subarray(7 * dimension, 8 * dimension))[7]).toBe(0);
      vectors.release();
    });

    test("small sets are cheap, and released memory is used again", () => {
      const small = createFilled(core, "cosine", new Float32Array(100), 100);
      expect(small.bytes).toBeLessThanOrEqual(32 * 1024);
      small.release();
      expect([small.count, small.bytes]).toEqual([0, 0]);
    });
  });
}
