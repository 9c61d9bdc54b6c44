import { afterAll, beforeAll, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { clusteredVectors } from "../core/fixtures.cases.js";
import type { Graph } from "../core/graph.js";
import type { Vectors } from "../core/vectors.js";
import { GraphFeed } from "./graph-feed.js";

const DIMENSION = 256;
/** One turn takes 1,024 of these. */
const COUNT = 6_000;
const DATA = clusteredVectors(COUNT, DIMENSION, 31);
const turn = () => new Promise((resolve) => setImmediate(resolve));

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

/** A graph, and vectors of which it knows none. */
function createFeed(initial: number) {
  const vectors: Vectors = core.createVectors({ dimension: DIMENSION, metric: "cosine" });
  const source = {
    vectors,
    dimension: DIMENSION,
    get count() {
      return vectors.count;
    },
  };
  const options = { dimension: DIMENSION, m: 4, efConstruction: 10, capacity: COUNT, seed: 1 };
  const graph: Graph = core.createGraph({ ...options, metric: "cosine" });
  const errors: unknown[] = [];
  const feed = new GraphFeed(graph, source, (error) => errors.push(error));
  const append = (count: number) => {
    const fresh = DATA.subarray(vectors.count * DIMENSION, (vectors.count + count) * DIMENSION);
    vectors.append(fresh);
    return fresh;
  };
  append(initial);
  return { feed, graph, vectors, append, errors };
}

it("hands what was there before over in several turns, and links it", async () => {
  const { feed, graph } = createFeed(5_000);
  feed.begin();
  expect(graph.count).toBe(0);
  while (graph.count === 0) await turn();
  expect(graph.count).toBe(1_024);
  await turn();
  expect(graph.count).toBe(2_048);
  await feed.settled();
  expect([graph.count, graph.indexed]).toEqual([5_000, 5_000]);
});

it("hands over at once what is appended while it is level", async () => {
  const { feed, graph, append } = createFeed(100);
  feed.begin();
  await feed.settled();
  feed.follow(append(50));
  expect(graph.count).toBe(150);
});

it("gains on writers that append in every turn, and mixes up no slots", async () => {
  const { feed, graph, append } = createFeed(2_000);
  feed.begin();
  for (let i = 0; i < 4; i++) {
    feed.follow(append(1_000));
    expect(graph.count).toBe(Math.min(2_000 * (i + 1), 2_000 + 1_000 * (i + 1)));
  }
  expect(graph.count).toBe(6_000);
  for (const slot of [0, 1_999, 2_000, 4_321, 5_999]) {
    const query = DATA.subarray(slot * DIMENSION, (slot + 1) * DIMENSION);
    expect(graph.scanTail(query, 0, 6_000, 1).slots[0]).toBe(slot);
  }
});

it("stops in the middle", async () => {
  const { feed, graph } = createFeed(5_000);
  feed.begin();
  while (graph.count === 0) await turn();
  feed.stop();
  await turn();
  await turn();
  expect(graph.count).toBe(1_024);
  await feed.settled();
});

it("says once what it could not hand over", async () => {
  const { feed, graph, errors } = createFeed(5_000);
  graph.append = () => {
    throw new Error("broken");
  };
  feed.begin();
  await feed.settled();
  expect(errors).toEqual([expect.objectContaining({ message: "broken" })]);
});
