import { invalidArgument, VecStoreError } from "../errors.js";
import type { VectorInput } from "../model/record.js";

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Turns a vector into the bytes that travel: 4 x dimension bytes, little-endian f32. Those of a Float32Array are shared: the message is
 * written before the caller gets control again.
 *
 * @param name  the field, for the message
 * @throws VecStoreError INVALID_VECTOR when it is empty or no array; NOT_IMPLEMENTED on a big-endian machine
 */
export function toVectorBytes(vector: VectorInput, name: string): Uint8Array {
  assertLittleEndian(LITTLE_ENDIAN);
  // A number would make that many zeros, and an empty vector would travel as none at all.
  if (typeof vector !== "object" || !(vector?.length > 0))
    throw invalidArgument(`${name} must be a Float32Array or an array of at least one number`, "INVALID_VECTOR");
  const floats = vector instanceof Float32Array ? vector : new Float32Array(vector);
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}

/** The vector of a message, f32[dimension], which is the caller's; undefined when there is none. */
export function fromVector(values: Float32Array): Float32Array | undefined {
  assertLittleEndian(LITTLE_ENDIAN);
  return values.length === 0 ? undefined : values;
}

/**
 * Refuses machines on which a Float32Array holds its bytes the other way round.
 *
 * @throws VecStoreError NOT_IMPLEMENTED
 */
export function assertLittleEndian(littleEndian: boolean): void {
  if (littleEndian) return;
  throw new VecStoreError({
    code: "unimplemented",
    reason: "NOT_IMPLEMENTED",
    message: "this machine is big-endian; vectors travel as little-endian bytes, and the client does not swap them",
  });
}
