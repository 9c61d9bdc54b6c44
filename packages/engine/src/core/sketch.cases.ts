import * as layout from "./layout.js";
import type { WasmGraph } from "./wasm-graph.js";

/** The sketch of one slot, taken apart. */
export interface SketchParts {
  /** f64[codeBytes]: -1.5 .. 1.5 */
  readonly levels: Float64Array;
  readonly factor: number;
  readonly bias: number;
}

const headerWord = (graph: WasmGraph, field: number) =>
  new Uint32Array(graph.memory.buffer)[(graph.header + field) / 4]!;

/** i8[codeBytes], widened, with the scale and the bias that stand before it. */
export function codeOf(graph: WasmGraph, slot: number): { code: Float64Array; scale: number; bias: number } {
  const { nodes, stride, codeBytes } = graph.place;
  const at = nodes + slot * stride + layout.NODE_LINKS + 4 + 8 * headerWord(graph, layout.HEADER_M);
  const floats = new DataView(graph.memory.buffer);
  return {
    code: Float64Array.from(new Int8Array(graph.memory.buffer, at + 8, codeBytes)),
    scale: floats.getFloat32(at, true),
    bias: floats.getFloat32(at + 4, true),
  };
}

/** Reads a sketch by the layout in assembly/graph/sketch/write.ts. */
export function sketchOf(graph: WasmGraph, slot: number): SketchParts {
  const { sketches, sketchPlanes, codeBytes } = graph.place;
  const at = sketches + slot * headerWord(graph, layout.HEADER_SKETCH_STRIDE);
  const bytes = new Uint8Array(graph.memory.buffer, at, (sketchPlanes * codeBytes) / 8);
  const bit = (plane: number, i: number) => (bytes[(plane * codeBytes) / 8 + (i >> 3)]! >> (i & 7)) & 1;
  const level = (i: number) => (sketchPlanes === 1 ? bit(0, i) - 0.5 : 2 * bit(0, i) + bit(1, i) - 1.5);
  const floats = new DataView(graph.memory.buffer, at);
  const biasAt = headerWord(graph, layout.HEADER_SKETCH_BIAS);
  return {
    levels: Float64Array.from({ length: codeBytes }, (_, i) => level(i)),
    factor: floats.getFloat32(headerWord(graph, layout.HEADER_SKETCH_FACTOR), true),
    bias: biasAt === 0 ? 0.5 : floats.getFloat32(biasAt, true),
  };
}

/** The query of the last call, rounded to -7..7, from the four planes in the scratch. */
export function roundedQueryOf(graph: WasmGraph): Float64Array {
  const { scratches, codeBytes } = graph.place;
  const bytes = new Uint8Array(graph.memory.buffer, scratches[0]!.sketch, Math.max(2, Math.ceil(codeBytes / 64)) * 32);
  const bit = (plane: number, i: number) => (bytes[(i >> 6) * 32 + plane * 8 + ((i & 63) >> 3)]! >> (i & 7)) & 1;
  return Float64Array.from({ length: codeBytes }, (_, i) => bit(0, i) + 2 * bit(1, i) + 4 * bit(2, i) - 8 * bit(3, i));
}

/** Signs, then Hadamard transforms of blocks from the front and from the end, by their definition and in f64. */
export function referenceRotation(vector: Float64Array): Float64Array {
  const n = vector.length;
  let out: Float64Array = vector.map((value, i) => ((signBit(i & ~3) >> (i & 3)) & 1 ? -value : value));
  for (let at = 0; at < n; at += blockLength(n - at)) out = transformBlock(out, at, blockLength(n - at));
  if (blockLength(n) === n) return out;
  for (let end = n; end > 0; end -= blockLength(end)) {
    out = transformBlock(out, end - blockLength(end), blockLength(end));
  }
  return out;
}

const blockLength = (n: number) => 2 ** Math.floor(Math.log2(n));

function signBit(index: number): number {
  let value = Math.imul(index ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35) >>> 0;
  return (value ^ (value >>> 16)) >>> 7;
}

function transformBlock(vector: Float64Array, from: number, length: number): Float64Array {
  const out = vector.slice();
  for (let row = 0; row < length; row++) {
    let sum = 0;
    for (let column = 0; column < length; column++) {
      sum += (parity(row & column) === 0 ? 1 : -1) * vector[from + column]!;
    }
    out[from + row] = sum / Math.sqrt(length);
  }
  return out;
}

function parity(value: number): number {
  let bits = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) bits ^= 1;
  return bits;
}
