import type { Quantization } from "../model/namespace.js";
import type { GraphOptions } from "./graph.js";
import { type GraphLayout, METRIC_NUMBERS, type ScratchLayout } from "./graph-layout.js";
import * as layout from "./layout.js";

/** What codes are, in headers. */
const CODE_NUMBERS: Readonly<Record<Quantization, number>> = {
  int8: layout.CODES_INT8,
  none: layout.CODES_VECTORS,
  binary: layout.CODES_BINARY,
};

/** Writes the header and the scratch fields of a new graph, over zeros. */
export function writeHeader(words: Uint32Array, options: GraphOptions, place: GraphLayout): void {
  const put = (field: number, value: number) => {
    words[(place.header + field) / 4] = value;
  };
  put(layout.HEADER_DIMENSION, options.dimension);
  put(layout.HEADER_CODE_BYTES, place.codeBytes);
  put(layout.HEADER_CODES, CODE_NUMBERS[options.quantization ?? "int8"]);
  put(layout.HEADER_METRIC, METRIC_NUMBERS[options.metric]);
  put(layout.HEADER_M, options.m);
  put(layout.HEADER_EF_CONSTRUCTION, options.efConstruction);
  put(layout.HEADER_CAPACITY, options.capacity);
  put(layout.HEADER_SEED, options.seed);
  put(layout.HEADER_STRIDE, place.stride);
  put(layout.HEADER_NODES, place.nodes);
  put(layout.HEADER_UPPER, place.upper);
  put(layout.HEADER_UPPER_BYTES, place.upperBytes);
  put(layout.HEADER_UPPER_USED, layout.UPPER_FIRST);
  put(layout.HEADER_TAIL, place.tail);
  put(layout.HEADER_TAIL_SLOTS, place.tailSlots);
  put(layout.HEADER_TAIL_STRIDE, place.tailStride);
  put(layout.HEADER_TWIN_HEADS, place.twinHeads);
  put(layout.HEADER_MEAN, place.mean);
  put(layout.HEADER_LOCKS, place.locks);
  put(layout.HEADER_FLIGHT, place.flight);
  writeSketchFields(put, options, place);
  for (const scratch of place.scratches) writeScratch(words, scratch);
  if (options.mean) writeMean(words, options.mean, place);
}

/** Where the sketches stand. Under cosine, codes without a mean all have the bias 1/2, and a sketch need not hold it. */
function writeSketchFields(
  put: (field: number, value: number) => void,
  { metric, mean }: GraphOptions,
  { codeBytes, sketches, sketchPlanes }: GraphLayout,
): void {
  const biased = metric !== "cosine" || mean !== undefined;
  const factorAt = (sketchPlanes * codeBytes) / 8;
  put(layout.HEADER_SKETCHES, sketches);
  put(layout.HEADER_SKETCH_PLANES, sketchPlanes);
  put(layout.HEADER_SKETCH_FACTOR, factorAt);
  put(layout.HEADER_SKETCH_BIAS, biased ? factorAt + 4 : 0);
  put(layout.HEADER_SKETCH_STRIDE, factorAt + (biased ? 8 : 4));
}

/** Writes the mean of the vectors; zeros are as good as none. */
export function writeMean(words: Uint32Array, mean: Float32Array, place: GraphLayout): void {
  new Float32Array(words.buffer, place.mean, mean.length).set(mean);
  words[(place.header + layout.HEADER_HAS_MEAN) / 4] = mean.some((value) => value !== 0) ? 1 : 0;
}

/**
 * Makes a graph as if all builders had stopped between two inserts. Called when none works on it: what came from a file
 * begins so, and a thread that died may have left locks behind and slots half linked, which are then linked again.
 */
export function resetBuild(words: Uint32Array, place: GraphLayout): void {
  const at = (field: number) => (place.header + field) / 4;
  Atomics.store(words, at(layout.HEADER_NEXT), Atomics.load(words, at(layout.HEADER_INDEXED)));
  Atomics.store(words, at(layout.HEADER_BUILD_ENTRY), Atomics.load(words, at(layout.HEADER_ENTRY_POINT)));
  Atomics.store(words, at(layout.HEADER_ENTRY_LOCK), 0);
  words.fill(0, place.locks / 4, place.locks / 4 + layout.LOCKS);
}

function writeScratch(words: Uint32Array, scratch: ScratchLayout): void {
  const put = (field: number, value: number) => {
    words[(scratch.address + field) / 4] = value;
  };
  put(layout.SCRATCH_VISITED, scratch.visited);
  put(layout.SCRATCH_INPUT, scratch.input);
  put(layout.SCRATCH_QUERY, scratch.query);
  put(layout.SCRATCH_POOL, scratch.pool);
  put(layout.SCRATCH_CANDIDATES, scratch.candidates);
  put(layout.SCRATCH_LIST, scratch.list);
  put(layout.SCRATCH_SCORES, scratch.scores);
  put(layout.SCRATCH_SELECTED, scratch.selected);
  put(layout.SCRATCH_WORK, scratch.work);
  put(layout.SCRATCH_SKETCH, scratch.sketch);
  put(layout.SCRATCH_ROTATED, scratch.rotated);
  put(layout.SCRATCH_SLOTS, scratch.slots);
  put(layout.SCRATCH_DISTANCES, scratch.distances);
  put(layout.SCRATCH_ACCEPT, scratch.accept);
  put(layout.SCRATCH_WALK, scratch.walk);
}
