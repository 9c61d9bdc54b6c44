import { VecstoreError } from "../errors.js";
import { LIMITS } from "../limits.js";
import { isWellFormed, utf8Length } from "./utf8.js";

/**
 * Checks the id of a record, 1..512 bytes of UTF-8.
 *
 * @param path  how messages call it, for example `records[3].id`
 * @throws VecstoreError INVALID_ID
 */
export function validateId(id: unknown, path: string): string {
  if (typeof id !== "string")
    throw new VecstoreError("INVALID_ID", `${path} is ${typeof id}; ids are strings`, { path });
  if (!isWellFormed(id))
    throw new VecstoreError("INVALID_ID", `${path} holds a lone surrogate; ids are valid UTF-8`, { path });
  const bytes = utf8Length(id);
  if (bytes >= 1 && bytes <= LIMITS.idBytesMax) return id;
  const message = `${path} has ${bytes} bytes; ids have 1 to ${LIMITS.idBytesMax} bytes of UTF-8`;
  throw new VecstoreError("INVALID_ID", message, { path, got: String(bytes), max: String(LIMITS.idBytesMax) });
}
