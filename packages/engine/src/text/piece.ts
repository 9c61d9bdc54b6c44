/** UTF-16 units of a piece at most: what is cut by regular expressions and `Intl.Segmenter` in one go. */
export const PIECE_UNITS_MAX = 256;

/** What an ASCII byte is to a text: 0 for white space, 1 for what stands between words, else its lower case. */
export const ASCII_KINDS = Uint8Array.from({ length: 128 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  if (/\s/.test(char)) return 0;
  return /[A-Za-z0-9]/.test(char) ? char.toLowerCase().charCodeAt(0) : 1;
});
const SPACE = 0;
const BETWEEN = 1;

/** A run of text without white space. Written to by `findPiece`; one for each reader. */
export interface Piece {
  /** Behind its last byte. */
  end: number;
  isAscii: boolean;
}

/**
 * Finds the piece that begins at `from`: up to the next white space (ASCII), and at most 256 UTF-16 units. A longer run is cut
 * behind its last ASCII punctuation within these, or in the middle of a word where there is none; never within a character.
 *
 * @param text  well-formed UTF-8; a byte that is not white space at `from`
 */
export function findPiece(text: Uint8Array, from: number, piece: Piece): void {
  let units = 0;
  let cut = -1;
  piece.isAscii = true;
  let at = from;
  while (at < text.length) {
    const byte = text[at]!;
    const kind = byte < 0x80 ? ASCII_KINDS[byte]! : -1;
    if (kind === SPACE) break;
    units += byte >= 0xf0 ? 2 : 1;
    if (units > PIECE_UNITS_MAX) {
      if (cut > from) at = cut;
      break;
    }
    at += lengthAt(byte);
    if (kind === BETWEEN) cut = at;
    if (kind < 0) piece.isAscii = false;
  }
  piece.end = at;
}

/** Bytes of the character that begins with this one. */
function lengthAt(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : 4;
}
