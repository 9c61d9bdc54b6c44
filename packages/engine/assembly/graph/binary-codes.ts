// Codes of one bit a component. The vector v' = v - mean (0 unless the graph was given one; for cosine v is normalized first) is
// rotated as a code is for its sketch, and each component becomes the level l: -1/2 or 1/2. With the code stand, as of int8 codes,
// scale and bias, and |v'| as norm:
//
//     dot(q', v') is estimated by F * dot(q', l),   F = |v'|^2 / dot(v', l)       scale = F, times sqrt(2) for euclidean
//
// which is RaBitQ's estimate (arXiv:2405.12497) for a query of four bits a component. Two codes know their signs only: of
// two vectors at angle a, a share a / pi of the rotated components differs in sign, so
//
//     dot(v', w') is estimated by |v'| * |w'| * cos(pi * (share of bits that differ))
import { HEADER_METRIC } from "../../src/core/layout";
import { dotF64 } from "../distance/norm-f64";
import { codeAddress, components, header, rotated, work } from "./context";
import { queryBias, setQuery } from "./score";
import { factor, offset, planes, setSketchQueryVector } from "./sketch/query";
import { rotate } from "./sketch/rotate";
import { weigh } from "./sketch/sift";
import { writeOneBit } from "./sketch/write";

const EUCLIDEAN: u32 = 2;
/** Where the bits stand in a code; the norm stands at 0. */
const BITS: usize = 8;

/** Writes the code of v', which is in the work buffer. @param bias  what its code has under cosine and dot */
export function writeBinaryCode(code: usize, bias: f32): void {
  const squared = dotF64(work, work, components);
  memory.copy(rotated, work, components << 2);
  rotate();
  const dot = <f64>writeOneBit(code + BITS);
  const f = dot > 0 ? squared / dot : 0;
  const isEuclidean = load<u32>(header + HEADER_METRIC) == EUCLIDEAN;
  store<f32>(code - 8, <f32>(isEuclidean ? f * Math.SQRT2 : f));
  store<f32>(code - 4, isEuclidean ? <f32>squared : bias);
  store<f32>(code, <f32>sqrt<f64>(squared));
}

/** Makes v' of the query, which is in the work buffer, the query of the current call. @param bias  as of a code */
export function writeBinaryQuery(bias: f32): void {
  const squared = <f32>dotF64(work, work, components);
  const isEuclidean = load<u32>(header + HEADER_METRIC) == EUCLIDEAN;
  setQuery(0, isEuclidean ? <f32>Math.SQRT2 : 1, isEuclidean ? squared : bias);
  setSketchQueryVector(1);
}

/** Distance of the query from the code at an address. @param node  the code that is the query, 0 for a vector */
// @ts-ignore: decorator
@inline
export function binaryDistance(code: usize, node: usize): f32 {
  return node == 0 ? distanceOfVector(code) : distanceOfCodes(code, node);
}

/** Writes f32[n] distances of the query from the slots u32[n]. */
export function scoreBinary(slots: usize, n: u32, node: usize, out: usize): void {
  for (let i: u32 = 0; i < n; i++) {
    store<f32>(out + (i << 2), binaryDistance(codeAddress(load<u32>(slots + (i << 2))), node));
  }
}

function distanceOfVector(code: usize): f32 {
  let dot: i32 = 0;
  let words = planes;
  const bits = code + BITS;
  for (let at: usize = 0; at < <usize>components >> 3; at += 8) {
    dot += weigh(load<u64>(bits + at), words);
    words += 32;
  }
  return queryBias + load<f32>(code - 4) - load<f32>(code - 8) * (factor * <f32>dot + offset);
}

function distanceOfCodes(code: usize, node: usize): f32 {
  let differing: u64 = 0;
  for (let at = BITS; at < BITS + (<usize>components >> 3); at += 8) {
    differing += popcnt<u64>(load<u64>(code + at) ^ load<u64>(node + at));
  }
  const cosine = cosineOf(<f32>(<u32>differing) / <f32>components);
  const product = load<f32>(code) * load<f32>(node) * cosine;
  const isEuclidean = load<u32>(header + HEADER_METRIC) == EUCLIDEAN;
  return queryBias + load<f32>(code - 4) - (isEuclidean ? product * 2 : product);
}

/** cos(pi * x), 0 <= x <= 1, to 2e-4 and monotone: the series of the sine around 1/2. */
// @ts-ignore: decorator
@inline
function cosineOf(x: f32): f32 {
  const y = (<f32>0.5 - x) * <f32>Math.PI;
  const s = y * y;
  return y * (1 - s * (<f32>0.16666667 - s * (<f32>0.008333333 - s * <f32>0.000198)));
}
