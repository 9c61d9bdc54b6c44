import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { extname } from "node:path";
import { ConfigError } from "../../config.js";

/** Bytes that are read together, about. */
const CHUNK_BYTES = 1024 * 1024;

const NPY_MAGIC = Buffer.from("\x93NUMPY", "latin1");

/** A file of vectors of one dimension, open to be read. */
export interface VectorFile {
  readonly dimension: number;
  readonly count: number;
  /** The vector at a position, 0..count - 1: f32[dimension], a copy. */
  at(position: number): Float32Array;
  /** The vectors from a position on, in their order. */
  from(position: number): Generator<Float32Array, void, undefined>;
  /** Closes it; safe to call twice. */
  close(): void;
}

/** Where the vectors stand: `start` bytes of head, then `stride` bytes each, of which `skip` come before the numbers. */
interface Layout {
  readonly start: number;
  readonly stride: number;
  readonly skip: number;
  readonly count: number;
  readonly dimension: number;
  readonly numberBytes: 4 | 8;
}

/** True for a name that ends as a file of vectors does. */
export function isVectorFile(path: string): boolean {
  return [".fvecs", ".npy"].includes(extname(path).toLowerCase());
}

/**
 * Opens an .fvecs file (each vector an i32 dimension and its f32s) or a .npy file of NumPy (two dimensions, or one for a single
 * vector; f4 or f8, the latter rounded to f32). Both little-endian. The caller closes it.
 *
 * @throws ConfigError that says what the file is instead; the system's error when it cannot be read
 */
export function openVectorFile(path: string): VectorFile {
  const file = openSync(path, "r");
  try {
    const size = fstatSync(file).size;
    const layout = extname(path).toLowerCase() === ".npy" ? npyLayout(path, file, size) : fvecsLayout(path, file, size);
    return describe(path, file, layout);
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function describe(path: string, file: number, layout: Layout): VectorFile {
  const { start, stride, count, dimension } = layout;
  const perChunk = Math.max(1, Math.floor(CHUNK_BYTES / stride));
  let isOpen = true;
  function* from(position: number): Generator<Float32Array, void, undefined> {
    for (let first = position; first < count; first += perChunk) {
      const length = Math.min(perChunk, count - first);
      const bytes = readAt(path, file, start + first * stride, length * stride);
      for (let row = 0; row < length; row++)
        yield vectorIn(path, bytes.subarray(row * stride, (row + 1) * stride), layout);
    }
  }
  return {
    dimension,
    count,
    at: (position) => vectorIn(path, readAt(path, file, start + position * stride, stride), layout),
    from,
    close: () => {
      if (isOpen) closeSync(file);
      isOpen = false;
    },
  };
}

function vectorIn(path: string, row: Buffer, { skip, dimension, numberBytes }: Layout): Float32Array {
  if (skip > 0 && row.readInt32LE(0) !== dimension) {
    throw new ConfigError(
      `${path} has vectors of ${dimension} and of ${row.readInt32LE(0)} dimensions; one is allowed`,
    );
  }
  const view = new DataView(row.buffer, row.byteOffset + skip, dimension * numberBytes);
  const read = numberBytes === 4 ? view.getFloat32.bind(view) : view.getFloat64.bind(view);
  return Float32Array.from({ length: dimension }, (_, at) => read(at * numberBytes, true));
}

function fvecsLayout(path: string, file: number, size: number): Layout {
  const dimension = size < 4 ? 0 : readAt(path, file, 0, 4).readInt32LE(0);
  const stride = 4 + 4 * dimension;
  if (dimension < 1 || size % stride !== 0) {
    throw new ConfigError(`${path} is no fvecs file: it has ${size} bytes, and ${dimension} as its first dimension`);
  }
  return { start: 0, stride, skip: 4, count: size / stride, dimension, numberBytes: 4 };
}

/** The format of NumPy's `save`: magic, version, length of the head, a Python dictionary, the numbers. */
function npyLayout(path: string, file: number, size: number): Layout {
  const head = readAt(path, file, 0, Math.min(size, 12));
  if (size < 12 || !head.subarray(0, 6).equals(NPY_MAGIC)) {
    throw new ConfigError(`${path} is no npy file: it does not begin with \\x93NUMPY`);
  }
  const isWide = head.readUInt8(6) > 1;
  const headBytes = isWide ? head.readUInt32LE(8) : head.readUInt16LE(8);
  const start = (isWide ? 12 : 10) + headBytes;
  const text = readAt(path, file, start - headBytes, Math.min(headBytes, size)).toString("latin1");
  const type = /'descr':\s*'<(f[48])'/.exec(text)?.[1];
  const shape = /'shape':\s*\((?:(\d+),\s*)?(\d+),?\s*\)/.exec(text);
  if (type === undefined || shape === null || !/'fortran_order':\s*False/.test(text)) {
    throw new ConfigError(`${path} holds ${text.trim()}; allowed: rows of '<f4' or '<f8' in C order`);
  }
  const [count, dimension] = [Number(shape[1] ?? 1), Number(shape[2])];
  const numberBytes = type === "f4" ? 4 : 8;
  const stride = dimension * numberBytes;
  if (dimension < 1) throw new ConfigError(`${path} has vectors of 0 dimensions; at least 1 is needed`);
  if (size < start + count * stride) throw new ConfigError(`${path} ends before its ${count} vectors do`);
  return { start, stride, skip: 0, count, dimension, numberBytes };
}

function readAt(path: string, file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const read = readSync(file, bytes, done, length - done, position + done);
    if (read === 0) throw new ConfigError(`${path} ends at byte ${position + done}, in the middle of a vector`);
    done += read;
  }
  return bytes;
}
