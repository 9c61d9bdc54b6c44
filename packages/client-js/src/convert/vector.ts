import { invalidArgument, VecStoreError } from "../errors.js";
import type { VectorInput } from "../model/record.js";

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Copies a vector into the bytes that travel: 4 x dimension bytes, little-endian f32.
 *
 * A copy, so that a caller may reuse its array at once and every retry sends the same bytes.
 *
 * @param name  the field, for the message
 * @throws VecStoreError INVALID_VECTOR when it is empty or no array; NOT_IMPLEMENTED on a big-endian machine
 */
export function toVectorBytes(vector: VectorInput, name: string): Uint8Array<ArrayBuffer> {
  assertLittleEndian(LITTLE_ENDIAN);
  // A number would make that many zeros, and an empty vector would travel as none at all.
  if (typeof vector !== "object" || !(vector?.length > 0))
    throw invalidArgument(`${name} must be a Float32Array or an array of at least one number`, "INVALID_VECTOR");
  return new Uint8Array(new Float32Array(vector).buffer);
}

/** Turns the numbers of a message into f32[dimension]; undefined when there are none. */
export function fromVector(values: readonly number[]): Float32Array | undefined {
  return values.length === 0 ? undefined : new Float32Array(values);
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
