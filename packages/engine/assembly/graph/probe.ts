// What the kernels compute, one by one: for tests only. A search is one call, and shows nothing of them.
import { bind, list, scores } from "./context";
import { encodeQuery } from "./encode";
import { score } from "./score";
import { sift } from "./sketch/sift";

/** Writes f32[n] to the scratch's scores: the distances of the query in its input from the u32[n] slots in its list. */
export function probeScores(headerAddress: usize, scratchAddress: usize, n: u32): void {
  bind(headerAddress, scratchAddress);
  encodeQuery();
  score<i16>(list, n, scores);
}

/** Sifts the u32[n] slots in the scratch's list; returns how many are kept, in front. */
export function probeSift(headerAddress: usize, scratchAddress: usize, n: u32, worst: f32): u32 {
  bind(headerAddress, scratchAddress);
  encodeQuery();
  return sift(n, worst);
}
