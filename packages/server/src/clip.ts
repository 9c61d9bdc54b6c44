const utf8 = { encode: new TextEncoder(), decode: new TextDecoder() };

/**
 * A text of at most `maxBytes` bytes of UTF-8 (64 or more): a longer one keeps two thirds of that from its beginning and the rest from its
 * end, with ` … ` between, since our messages say first what was got and last what to do.
 *
 * Cost: for a short one, a look at its length.
 */
export function clip(text: string, maxBytes: number): string {
  // A UTF-16 unit has at most three bytes.
  if (text.length * 3 <= maxBytes) return text;
  const bytes = utf8.encode.encode(text);
  if (bytes.length <= maxBytes) return text;
  const room = maxBytes - GAP_BYTES;
  const head = beginOfCharacter(bytes, Math.floor((room * 2) / 3));
  const tail = endOfCharacter(bytes, bytes.length - (room - Math.floor((room * 2) / 3)));
  return `${utf8.decode.decode(bytes.subarray(0, head))}${GAP}${utf8.decode.decode(bytes.subarray(tail))}`;
}

const GAP = " … ";
const GAP_BYTES = 5;

const isContinuation = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80;

function beginOfCharacter(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isContinuation(bytes[at])) at--;
  return at;
}

function endOfCharacter(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isContinuation(bytes[at])) at++;
  return at;
}
