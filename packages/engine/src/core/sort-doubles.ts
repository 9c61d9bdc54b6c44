const DIGIT_BITS = 11;
const BUCKETS = 1 << DIGIT_BITS;
/** Shifts of the digits of a word of 32 bits. */
const SHIFTS = [0, DIGIT_BITS, 2 * DIGIT_BITS];

/**
 * The order of some doubles: u32[n] indexes by ascending value, equal ones by index.
 *
 * A radix sort of the bits from the last on, of which the digits that all values share cost one look: for 65,536 values
 * a tenth of the time of sorting by comparison.
 *
 * @param values  without NaN and -0
 */
export function orderOfDoubles(values: Float64Array): Uint32Array {
  const [low, high] = sortableWords(values);
  let order = new Uint32Array(values.length);
  let other = new Uint32Array(values.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  for (const words of [low, high]) {
    for (const shift of SHIFTS) {
      if (!distribute(words, shift, order, other)) continue;
      [order, other] = [other, order];
    }
  }
  return order;
}

/** The low and the high words of integers that are in the order of the doubles. */
function sortableWords(values: Float64Array): [low: Uint32Array, high: Uint32Array] {
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  const low = new Uint32Array(values.length);
  const high = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const top = words[2 * i + 1]!;
    // Negative doubles are in the reverse order of their bits, and below all others.
    const isNegative = top >>> 31 === 1;
    low[i] = isNegative ? ~words[2 * i]! : words[2 * i]!;
    high[i] = isNegative ? ~top : top | 0x80000000;
  }
  return [low, high];
}

/** Writes `order` to `into` by one digit, keeping the order of equal ones; false when all have the same digit. */
function distribute(words: Uint32Array, shift: number, order: Uint32Array, into: Uint32Array): boolean {
  const starts = new Uint32Array(BUCKETS + 1);
  for (let i = 0; i < words.length; i++) starts[((words[i]! >>> shift) & (BUCKETS - 1)) + 1]!++;
  if (words.length === 0 || starts[((words[0]! >>> shift) & (BUCKETS - 1)) + 1] === words.length) return false;
  for (let bucket = 0; bucket < BUCKETS; bucket++) starts[bucket + 1]! += starts[bucket]!;
  for (let i = 0; i < order.length; i++) {
    const index = order[i]!;
    into[starts[(words[index]! >>> shift) & (BUCKETS - 1)]!++] = index;
  }
  return true;
}
