const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Fallback for browsers without `isWellFormed`: with the `u` flag a pair is one code point and does not match. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Encodes a string. A lone surrogate becomes U+FFFD, so callers check `isWellFormed` first.
 *
 * @returns  new bytes, owned by the caller
 */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Up to this length a loop over ASCII bytes is faster than the decoder's call. */
const SHORT_BYTES = 24;

/**
 * Decodes `bytes[from, to)`; a byte order mark is kept as a character, so that encoding again gives the same bytes.
 *
 * @throws TypeError when the bytes are not UTF-8
 */
export function decodeUtf8(bytes: Uint8Array, from = 0, to = bytes.length): string {
  const short = to - from <= SHORT_BYTES ? decodeShortAscii(bytes, from, to) : undefined;
  return short ?? decoder.decode(bytes.subarray(from, to));
}

/** Undefined when a byte is not ASCII. */
function decodeShortAscii(bytes: Uint8Array, from: number, to: number): string | undefined {
  let text = "";
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    if (byte >= 0x80) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Bytes that `encodeUtf8` would return, counted without encoding. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) {
      bytes += 1;
      continue;
    }
    bytes += 2;
    // A pair is two units and four bytes, so its second unit adds nothing.
    if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(i + 1))) i++;
  }
  return bytes;
}

/** True when the string holds no lone surrogate, so that it survives UTF-8 unchanged. */
export function isWellFormed(text: string): boolean {
  const native = (text as { isWellFormed?: () => boolean }).isWellFormed;
  return native === undefined ? !LONE_SURROGATE.test(text) : native.call(text);
}

/**
 * Compares two well-formed strings by code point, which is the order of their UTF-8 bytes.
 *
 * `<` on strings compares UTF-16 units and puts U+10000 and above before U+E000..U+FFFF.
 *
 * @returns  negative, 0 or positive
 * Cost: one pass over the common prefix, no allocation.
 */
export function compareUtf8(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const unitA = a.charCodeAt(i);
    const unitB = b.charCodeAt(i);
    if (unitA !== unitB) return rankOf(unitA) - rankOf(unitB);
  }
  return a.length - b.length;
}

/** Moves surrogates above every other unit, which turns the order of units into the order of code points. */
function rankOf(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** False for NaN, which `charCodeAt` returns past the end. */
function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
