import { VecstoreError } from "../errors.js";
import { decodeUtf8, encodeUtf8 } from "../metadata/utf8.js";

/**
 * A token that names the last id that was read, bound to what was asked.
 *
 * @param scope  what the token is bound to: another request would leave out records unseen
 */
export function encodeToken(after: string, scope: string): string {
  const bytes = encodeUtf8(JSON.stringify([after, checksum(scope)]));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/**
 * The id in a token.
 *
 * @param problem  the message for a token that was not made for this scope
 * @throws VecstoreError INVALID_PAGE_TOKEN
 */
export function decodeToken(token: string, scope: string, problem: string): string {
  try {
    const binary = atob(token.replaceAll("-", "+").replaceAll("_", "/"));
    const parsed: unknown = JSON.parse(decodeUtf8(Uint8Array.from(binary, (char) => char.charCodeAt(0))));
    if (Array.isArray(parsed) && typeof parsed[0] === "string" && parsed[1] === checksum(scope)) return parsed[0];
  } catch {
    // Whatever it was, it was not made here: the error below says so.
  }
  throw new VecstoreError("INVALID_PAGE_TOKEN", problem);
}

/** FNV-1a; tells requests apart, guards nothing. */
function checksum(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
