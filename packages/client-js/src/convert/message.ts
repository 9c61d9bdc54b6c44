import { invalidArgument } from "../errors.js";
import { EncodeError, encode } from "../wire/encode.js";
import type { Init, Schema } from "../wire/schema.js";

/**
 * Writes a message.
 *
 * @throws VecStoreError INVALID_ARGUMENT on a value of a wrong type, by the name of its field
 */
export function toBytes<T>(schema: Schema<T>, message: Init<T>): Uint8Array<ArrayBuffer> {
  return refusing("", () => encode(schema, message));
}

/** Runs what writes, and turns what it refuses into the error of a bad argument. @param name  put before the field's */
export function refusing<T>(name: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw error instanceof EncodeError ? invalidArgument(name + error.message) : error;
  }
}
