// Word vectors in one file, read whole:
//   "VSWORDS1"  u32 count  u32 dimension  f32[count * dimension]  u32[count] rank  words, UTF-8, one a line
// Numbers are little-endian. `rank` counts from 1 by frequency in the vectors' source.
import { readFileSync, renameSync, writeFileSync } from "node:fs";

const MAGIC = "VSWORDS1";
const HEADER_BYTES = 16;

/**
 * @typedef {object} Words
 * @property {number} dimension
 * @property {string[]} words
 * @property {Uint32Array} ranks
 * @property {Float32Array} vectors  f32[words.length * dimension]
 */

/** Writes a words file; a reader sees all of it or none. @param {string} path @param {Words} words */
export function writeWords(path, { dimension, words, ranks, vectors }) {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC, "latin1");
  header.writeUInt32LE(words.length, 8);
  header.writeUInt32LE(dimension, 12);
  const bytesOf = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  writeFileSync(
    `${path}.tmp`,
    Buffer.concat([header, bytesOf(vectors), bytesOf(ranks), Buffer.from(words.join("\n"))]),
  );
  renameSync(`${path}.tmp`, path);
}

/** Reads a words file. @param {string | URL} path @returns {Words} */
export function readWords(path) {
  const bytes = readFileSync(path);
  if (bytes.toString("latin1", 0, 8) !== MAGIC) throw new Error(`${path} is no words file`);
  const count = bytes.readUInt32LE(8);
  const dimension = bytes.readUInt32LE(12);
  const vectorsEnd = HEADER_BYTES + 4 * count * dimension;
  const ranksEnd = vectorsEnd + 4 * count;
  // slice copies, which aligns the numbers.
  const slice = (from, to) => bytes.buffer.slice(bytes.byteOffset + from, bytes.byteOffset + to);
  return {
    dimension,
    words: bytes.toString("utf8", ranksEnd).split("\n"),
    ranks: new Uint32Array(slice(vectorsEnd, ranksEnd)),
    vectors: new Float32Array(slice(HEADER_BYTES, vectorsEnd)),
  };
}

/** The vector of the word at a position, sharing memory with `words`. @param {Words} words @param {number} at */
export function vectorAt({ vectors, dimension }, at) {
  return vectors.subarray(at * dimension, (at + 1) * dimension);
}
