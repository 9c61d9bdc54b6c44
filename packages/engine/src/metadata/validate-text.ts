import { VecstoreError } from "../errors.js";
import { LIMITS } from "../limits.js";
import { isWellFormed, utf8Length } from "./utf8.js";

/**
 * Checks a text.
 *
 * @param path  how messages call it
 * @throws VecstoreError TEXT_TOO_LARGE, INVALID_ARGUMENT
 */
export function validateText(text: unknown, path: string): string {
  if (typeof text !== "string" || !isWellFormed(text)) {
    throw new VecstoreError("INVALID_ARGUMENT", `${path} is not a well-formed string`, { path });
  }
  const bytes = utf8Length(text);
  if (bytes <= LIMITS.textBytesMax) return text;
  const message = `${path} has ${bytes} bytes; at most ${LIMITS.textBytesMax} are allowed; split the text over several records`;
  throw new VecstoreError("TEXT_TOO_LARGE", message, { path, got: String(bytes), max: String(LIMITS.textBytesMax) });
}
