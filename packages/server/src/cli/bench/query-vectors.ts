import { readFileSync } from "node:fs";
import type { VecStoreClient } from "@vecstore/client";
import { ConfigError } from "../../config.js";
import { isVectorFile, openVectorFile } from "../formats/vector-file.js";
import { parseVector } from "../online/vector-argument.js";

/** Vectors that are held at most. */
const VECTORS_MAX = 10_000;

/** The vectors of a .npy or .fvecs file, or of text, one a line; the first 10,000 of them. @throws ConfigError */
export function vectorsOfFile(path: string): Float32Array[] {
  if (!isVectorFile(path)) {
    const lines = readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line.trim() !== "")
      .slice(0, VECTORS_MAX);
    if (lines.length === 0) throw new ConfigError(`${path} has no vectors`);
    return lines.map((line, at) => Float32Array.from(parseVector(line, `line ${at + 1} of ${path}`)));
  }
  const file = openVectorFile(path);
  try {
    const vectors: Float32Array[] = [];
    for (const vector of file.from(0)) {
      vectors.push(vector);
      if (vectors.length === VECTORS_MAX) break;
    }
    if (vectors.length === 0) throw new ConfigError(`${path} has no vectors`);
    return vectors;
  } finally {
    file.close();
  }
}

/** Vectors of the first records by id. @throws Error when there are none */
export async function storedVectors(client: VecStoreClient, count: number): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  const options = { includeVector: true, includeMetadata: false, pageSize: Math.min(count, 1_000) };
  for await (const { vector } of client.list(options)) {
    if (vector !== undefined) vectors.push(vector);
    if (vectors.length === count) break;
  }
  if (vectors.length === 0)
    throw new Error("the namespace has no vectors to take queries from; name a file by --queries");
  return vectors;
}

/**
 * The vector of a call: each is asked once as it is, and then, differing in the last bits of one component, as often as it takes. So no
 * answer can be one that was kept, and the nearest records are the same.
 */
export function freshVector(vectors: readonly Float32Array[], number: number): Float32Array {
  const vector = vectors[number % vectors.length]!;
  const pass = Math.floor(number / vectors.length);
  if (pass === 0) return vector;
  const copy = vector.slice();
  const bits = new Uint32Array(copy.buffer);
  const at = (pass - 1) % copy.length;
  // The low bits of the mantissa: another number, of the same sign and about the same size.
  bits[at] = bits[at]! ^ (1 + (Math.floor((pass - 1) / copy.length) % 255));
  return copy;
}
