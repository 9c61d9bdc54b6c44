// Vectors of others: .fvecs (each vector a little-endian i32 dimension and its f32s) and .npy (NumPy's, two dimensions).
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { extname } from "node:path";

const CHUNK_BYTES = 8 * 2 ** 20;
const NPY_MAGIC = "\x93NUMPY";

/**
 * @typedef {object} VectorFile
 * @property {number} dimension
 * @property {number} count
 * @property {() => Generator<{from: number, vectors: Float32Array}>} chunks  in order, about 8 MiB at a time, each a copy
 */

/**
 * Reads the head of a file; the vectors are read when `chunks` is walked.
 *
 * @param {string} path  .fvecs, or .npy of <f4 or <f8 in C order
 * @returns {VectorFile}
 * @throws Error that says what the file is instead
 */
export function openVectorFile(path) {
  const kind = extname(path);
  if (kind === ".fvecs") return describe(path, fvecsLayout(path));
  if (kind === ".npy") return describe(path, npyLayout(path));
  throw new Error(`${path}: vectors are read from .fvecs and .npy files`);
}

/** All vectors of a file, or the first `most`. @param {VectorFile} file @returns {Float32Array} f32[n * dimension] */
export function readVectors(file, most = file.count) {
  const count = Math.min(most, file.count);
  const all = new Float32Array(count * file.dimension);
  for (const { from, vectors } of file.chunks()) {
    if (from >= count) break;
    all.set(vectors.subarray(0, (count - from) * file.dimension), from * file.dimension);
  }
  return all;
}

/**
 * Where the vectors stand: `start` bytes of head, then `stride` bytes each, of which `skip` come before the numbers.
 * `Type` is the array of the numbers.
 */
function describe(path, { start, stride, skip, count, dimension, Type }) {
  return {
    dimension,
    count,
    *chunks() {
      const file = openSync(path);
      try {
        const perChunk = Math.max(1, Math.floor(CHUNK_BYTES / stride));
        for (let from = 0; from < count; from += perChunk) {
          const length = Math.min(perChunk, count - from);
          const bytes = readAt(file, start + from * stride, length * stride);
          yield { from, vectors: numbersOf(bytes, { length, stride, skip, dimension, Type }) };
        }
      } finally {
        closeSync(file);
      }
    },
  };
}

function numbersOf(bytes, { length, stride, skip, dimension, Type }) {
  const vectors = new Float32Array(length * dimension);
  for (let i = 0; i < length; i++) {
    const at = i * stride + skip;
    // slice copies, which aligns the numbers.
    vectors.set(new Type(bytes.slice(at, at + dimension * Type.BYTES_PER_ELEMENT)), i * dimension);
  }
  return vectors;
}

function fvecsLayout(path) {
  return withFile(path, (file, size) => {
    const dimension = size < 4 ? 0 : new DataView(readAt(file, 0, 4)).getInt32(0, true);
    const stride = 4 + 4 * dimension;
    if (dimension < 1 || size % stride !== 0)
      throw new Error(`${path} is no fvecs file: ${size} bytes, and ${dimension} as the first dimension`);
    return { start: 0, stride, skip: 4, count: size / stride, dimension, Type: Float32Array };
  });
}

/** The format of NumPy's `save`: magic, version, length of the head, a Python dictionary, the numbers. */
function npyLayout(path) {
  return withFile(path, (file, size) => {
    const head = new DataView(readAt(file, 0, Math.min(size, 12)));
    const magic = Array.from({ length: Math.min(6, size) }, (_, at) => String.fromCharCode(head.getUint8(at))).join("");
    if (magic !== NPY_MAGIC) throw new Error(`${path} is no npy file: it does not begin with \\x93NUMPY`);
    const wide = head.getUint8(6) > 1;
    const headBytes = wide ? head.getUint32(8, true) : head.getUint16(8, true);
    const start = (wide ? 12 : 10) + headBytes;
    const text = Buffer.from(readAt(file, start - headBytes, headBytes)).toString("latin1");
    const type = /'descr':\s*'([^']+)'/.exec(text)?.[1];
    const shape = /'shape':\s*\((\d+),\s*(\d+)\)/.exec(text);
    const Type = { "<f4": Float32Array, "<f8": Float64Array }[type];
    if (Type === undefined || shape === null || !/'fortran_order':\s*False/.test(text))
      throw new Error(`${path} holds ${text.trim()}; rows of <f4 or <f8 in C order are read`);
    const [count, dimension] = [Number(shape[1]), Number(shape[2])];
    const stride = dimension * Type.BYTES_PER_ELEMENT;
    if (size < start + count * stride) throw new Error(`${path} ends before its ${count} rows do`);
    return { start, stride, skip: 0, count, dimension, Type };
  });
}

function withFile(path, use) {
  const file = openSync(path);
  try {
    return use(file, fstatSync(file).size);
  } finally {
    closeSync(file);
  }
}

function readAt(file, position, length) {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const read = readSync(file, bytes, done, length - done, position + done);
    if (read === 0) throw new Error(`the file ended at byte ${position + done}`);
    done += read;
  }
  return bytes.buffer;
}
