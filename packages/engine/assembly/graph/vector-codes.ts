// Codes that are the vectors themselves. Their distances have the same bits as those of a scan of the vectors: what a search
// finds on them needs no rescore.
import { HEADER_DIMENSION, HEADER_METRIC } from "../../src/core/layout";
import { dotF32 } from "../distance/dot-f32";
import { squaredL2F32 } from "../distance/l2-f32";
import { inverseNorm } from "../scan";
import { codeAddress, header, input, query } from "./context";

const COSINE: u32 = 0;
const EUCLIDEAN: u32 = 2;

/** Copies f32[dimension] to a code; before it, as its scale, stands the inverse norm under cosine, and 1 otherwise. */
export function writeVectorCode(vector: usize, code: usize): void {
  const dimension = load<u32>(header + HEADER_DIMENSION);
  const isCosine = load<u32>(header + HEADER_METRIC) == COSINE;
  memory.copy(code, vector, dimension << 2);
  store<f32>(code - 8, isCosine ? inverseNorm(vector, dimension) : 1);
}

/** Copies the f32 vector in the scratch's input to the query, normalized under cosine by the arithmetic of `Vectors.prepare`. */
export function writeVectorQuery(): void {
  const dimension = load<u32>(header + HEADER_DIMENSION);
  memory.copy(query, input, dimension << 2);
  if (load<u32>(header + HEADER_METRIC) != COSINE) return;
  let squared: f64 = 0;
  for (let at = query; at < query + (dimension << 2); at += 4) squared += <f64>load<f32>(at) * <f64>load<f32>(at);
  const length = sqrt<f64>(squared);
  if (length == 0) return;
  for (let at = query; at < query + (dimension << 2); at += 4) store<f32>(at, <f32>(<f64>load<f32>(at) / length));
}

/** Writes f32[n] distances of a query, `scale` times f32[dimension] under cosine, from the slots u32[n]. */
export function scoreVectors(slots: usize, n: u32, code: usize, scale: f32, out: usize): void {
  for (let i: u32 = 0; i < n; i++) {
    store<f32>(out + (i << 2), vectorDistance(codeAddress(load<u32>(slots + (i << 2))), code, scale));
  }
}

/** Distance of a query, `scale` times f32[dimension] under cosine, from the vector at an address. */
export function vectorDistance(vector: usize, code: usize, scale: f32): f32 {
  const metric = load<u32>(header + HEADER_METRIC);
  const dimension = load<u32>(header + HEADER_DIMENSION);
  if (metric == EUCLIDEAN) return squaredL2F32(vector, code, dimension);
  const dot = dotF32(vector, code, dimension);
  return metric == COSINE ? <f32>1 - dot * load<f32>(vector - 8) * scale : -dot;
}
