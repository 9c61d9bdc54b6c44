/**
 * Bits of each byte's code, and of the end's: RFC 7541, appendix B. The code is canonical, so that the lengths are all of it: shorter codes come
 * first, and those of one length in the order of their bytes.
 */
const CODE_BITS = [
  // 0x00
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
  28, 28, 28,
  // 0x20
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  // 0x40
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  // 0x60
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  // 0x80
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22,
  23, 23, 24,
  // 0xa0
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23,
  22, 22, 23,
  // 0xc0
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28,
  27, 27, 27,
  // 0xe0
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27,
  27, 27, 26,
  // The end
  30,
];
const END = 256;
/** More ones than that are no padding. */
const PADDING_BITS_MAX = 7;

/** Two entries a node: a node's number when it is positive, or a byte's complement; 0 for none. The root is 0. */
const TREE = treeOf(CODE_BITS);

function treeOf(bits: readonly number[]): Int16Array {
  const tree = new Int16Array(2 * bits.length);
  const order = bits.map((length, symbol) => ({ length, symbol })).sort((a, b) => a.length - b.length);
  let nodes = 1;
  let code = 0;
  let before = order[0]!.length;
  for (const { length, symbol } of order) {
    code *= 2 ** (length - before);
    before = length;
    let node = 0;
    for (let bit = length - 1; bit > 0; bit--) {
      const at = 2 * node + bitOf(code, bit);
      if (tree[at] === 0) tree[at] = nodes++;
      node = tree[at]!;
    }
    tree[2 * node + bitOf(code, 0)] = ~symbol;
    code++;
  }
  return tree;
}

function bitOf(code: number, bit: number): number {
  return (code >>> bit) & 1;
}

/** The text that Huffman's code of HPACK stands for, a character a byte; undefined when it stands for none. */
export function decodeHuffman(bytes: Buffer, start: number, end: number): string | undefined {
  let text = "";
  let node = 0;
  let padding = 0;
  let areOnes = true;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    for (let bit = 7; bit >= 0; bit--) {
      const one = (byte >> bit) & 1;
      const next = TREE[2 * node + one]!;
      padding++;
      areOnes &&= one === 1;
      if (next >= 0) {
        node = next;
        continue;
      }
      if (~next === END) return undefined;
      text += String.fromCharCode(~next);
      node = 0;
      padding = 0;
      areOnes = true;
    }
  }
  return padding <= PADDING_BITS_MAX && areOnes ? text : undefined;
}
