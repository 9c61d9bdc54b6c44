import { type SparseVector, VecstoreError } from "@vecstore/engine";

const BYTES_PER_FLOAT = 4;
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Reads the two forms of a vector.
 *
 * @param vector  numbers, empty when this form was not sent
 * @param bytes   little-endian f32, empty when this form was not sent
 * @param path    names the field in errors, for example `records[3]`
 * @returns       f32[dimension] that the caller owns, or undefined when neither was sent
 * @throws        VecstoreError INVALID_VECTOR
 */
export function vectorFromWire(vector: readonly number[], bytes: Uint8Array, path: string): Float32Array | undefined {
  if (bytes.length === 0) return vector.length === 0 ? undefined : Float32Array.from(vector);
  if (vector.length > 0) throw invalid(path, "has both vector and vector_f32; send one of them");
  if (bytes.length % BYTES_PER_FLOAT !== 0) {
    throw invalid(path, `has a vector_f32 of ${bytes.length} bytes; it must be a multiple of ${BYTES_PER_FLOAT}`);
  }
  return IS_LITTLE_ENDIAN ? copyFloats(bytes) : readFloats(bytes);
}

/** Bytes of the buffer that many vectors have in common, and the longest of them. */
const COMMON_BYTES = 256 * 1024;
const CUT_BYTES_MAX = COMMON_BYTES / 8;

let common = new Uint8Array(COMMON_BYTES);
let used = 0;

/**
 * The bytes are a window of the network buffer, which may be unaligned and is not ours to keep. The copy is cut from a common buffer, since
 * the engine copies it once more, at once: with a buffer for each vector a large upsert made the garbage collector go through all memory.
 */
function copyFloats(bytes: Uint8Array): Float32Array {
  const { length } = bytes;
  if (length > CUT_BYTES_MAX) return floatsOf(Uint8Array.from(bytes));
  if (used + length > COMMON_BYTES) {
    common = new Uint8Array(COMMON_BYTES);
    used = 0;
  }
  const cut = common.subarray(used, used + length);
  cut.set(bytes);
  used += length;
  return floatsOf(cut);
}

function floatsOf({ buffer, byteOffset, length }: Uint8Array<ArrayBuffer>): Float32Array {
  return new Float32Array(buffer, byteOffset, length / BYTES_PER_FLOAT);
}

function readFloats(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / BYTES_PER_FLOAT }, (_, at) =>
    view.getFloat32(at * BYTES_PER_FLOAT, true),
  );
}

/** Numbers for a `repeated float` field; none for an absent vector. */
export function vectorToWire(vector: Float32Array | undefined): number[] {
  return vector === undefined ? [] : Array.from(vector);
}

/** Numbers for the two lists of a sparse vector. */
export function sparseToWire(
  sparse: SparseVector | undefined,
): { readonly indices: number[]; readonly values: number[] } | undefined {
  return sparse && { indices: Array.from(sparse.indices), values: Array.from(sparse.values) };
}

function invalid(path: string, problem: string): VecstoreError {
  return new VecstoreError("INVALID_VECTOR", `${path} ${problem}`);
}
