import { describe, expect, it } from "vitest";
import type { SparseVector } from "../model/record.js";
import { ListCursor } from "../postings/list-cursor.js";
import { createRandom } from "../storage/random.js";
import { encodeSparse } from "./codec.js";
import { ComponentScorer, keyOfPayload, payloadOf } from "./component-scorer.js";
import { sparseDot } from "./dot.js";
import { SparseIndex, type SparseSource } from "./sparse-index.js";

const sparse = (entries: Readonly<Record<number, number>>): SparseVector => ({
  indices: Uint32Array.from(Object.keys(entries), Number),
  values: Float32Array.from(Object.values(entries)),
});
const sourceOf = (vectors: readonly (SparseVector | undefined)[]): SparseSource => ({
  hasSparse: vectors.some((vector) => vector !== undefined),
  sparseBytesOf: (slot) => (vectors[slot] === undefined ? new Uint8Array(0) : encodeSparse(vectors[slot])),
});

describe("a sparse index", () => {
  const VECTORS = [sparse({ 3: 0.5, 4294967295: -1 }), undefined, sparse({ 3: 2 }), sparse({ 0: 7, 3: -4 })];

  function valuesOf(index: SparseIndex, component: number): [number, number][] {
    const list = index.find(component);
    if (list === 0) return [];
    const cursor = new ListCursor(index.lists, list);
    const found: [number, number][] = [];
    for (let slot = cursor.advance(0); found.length < cursor.count; slot = cursor.advance(slot + 1)) {
      found.push([slot, new ComponentScorer(1).score(slot, cursor.payloads[cursor.at]!)]);
    }
    return found;
  }

  it.each([1, 2, 1_000])("knows which vectors have a component, and with what value, in steps of %i", (budget) => {
    const index = new SparseIndex(7);
    while (index.step(sourceOf(VECTORS), VECTORS.length, budget));
    expect(valuesOf(index, 3)).toEqual([
      [0, 0.5],
      [2, 2],
      [3, -4],
    ]);
    expect(valuesOf(index, 2 ** 32 - 1)).toEqual([[0, -1]]);
    expect(valuesOf(index, 0)).toEqual([[3, 7]]);
    expect(valuesOf(index, 1)).toEqual([]);
    expect(index.count).toBe(4);
  });

  it("goes a vector over its budget at most", () => {
    const index = new SparseIndex(7);
    const vectors = Array.from({ length: 50 }, (_, i) => sparse({ [i]: 1, [i + 100]: 2 }));
    expect(index.step(sourceOf(vectors), 50, 10)).toBe(true);
    expect(index.count).toBe(4);
  });

  it("costs nothing while no record has a sparse vector", () => {
    const index = new SparseIndex(7);
    index.step(sourceOf([]), 1_000_000, 1);
    expect([index.count, index.bytes]).toEqual([1_000_000, 0]);
  });
});

describe("a component's scores", () => {
  const VALUES = [-3.4e38, -2, -1e-30, 1e-45, 0.1, 1, 3.4e38];

  it("have keys in the order of the values", () => {
    const keys = VALUES.map((value) => keyOfPayload(payloadOf(value)));
    expect(keys).toEqual([...keys].sort((a, b) => a - b));
    expect(new Set(keys).size).toBe(VALUES.length);
  });

  it.each([-2.5, -1e-20, 1e-20, 3])("are bounded by the largest and the least value, query %d", (value) => {
    const scorer = new ComponentScorer(value);
    for (const [i, least] of VALUES.entries()) {
      for (const [n, largest] of VALUES.slice(i).entries()) {
        const bound = scorer.bound(keyOfPayload(payloadOf(largest)), ~keyOfPayload(payloadOf(least)) >>> 0);
        const scores = VALUES.slice(i, i + n + 1).map((one) => scorer.score(0, payloadOf(one)));
        expect(bound).toBe(Math.max(0, ...scores));
      }
    }
  });
});

it("the dot product of sparse vectors adds up the components that both have", () => {
  expect(sparseDot(sparse({ 1: 2, 5: 3, 9: 4 }), sparse({ 0: 1, 5: 0.5, 9: -1, 10: 7 }))).toBe(-2.5);
  expect(sparseDot(sparse({ 1: 2 }), sparse({ 2: 2 }))).toBe(0);
  const random = createRandom(5);
  const dense = [0, 1].map(() => Array.from({ length: 400 }, () => (random() < 0.3 ? Math.fround(random() - 0.5) : 0)));
  const [a, b] = dense.map((values) =>
    sparse(Object.fromEntries([...values.entries()].filter(([, value]) => value !== 0))),
  );
  const expected = dense[0]!.reduce((sum, value, i) => sum + value * dense[1]![i]!, 0);
  expect(sparseDot(a!, b!)).toBe(expected);
});
