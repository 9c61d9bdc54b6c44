import { STEP, type Steps } from "./steps.js";

const DIGIT_BITS = 11;
const BUCKETS = 1 << DIGIT_BITS;
/** Shifts of the digits of a word of 32 bits. */
const SHIFTS = [0, DIGIT_BITS, 2 * DIGIT_BITS];

/**
 * The order of some doubles, in steps: u32[n] indexes by ascending value, equal ones by index.
 *
 * A radix sort of the bits from the last on, of which the digits that all values share cost one look: for 65,536 values
 * a tenth of the time of sorting by comparison.
 *
 * @param values  without NaN and -0
 */
export function* orderOfDoubles(values: Float64Array): Steps<Uint32Array> {
  const { length } = values;
  const [low, high] = yield* sortableWords(values);
  let order = new Uint32Array(length);
  let other = new Uint32Array(length);
  for (let i = 0; i < length; i++) order[i] = i;
  for (const words of [low, high]) {
    for (const shift of SHIFTS) {
      if (!(yield* distribute(words, shift, order, other))) continue;
      [order, other] = [other, order];
    }
  }
  return order;
}

/** The low and the high words of integers that are in the order of the doubles. */
function* sortableWords(values: Float64Array): Steps<[low: Uint32Array, high: Uint32Array]> {
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  const low = new Uint32Array(values.length);
  const high = new Uint32Array(values.length);
  for (let from = 0; from < values.length; from += STEP) {
    const to = Math.min(values.length, from + STEP);
    for (let i = from; i < to; i++) {
      const top = words[2 * i + 1]!;
      // Negative doubles are in the reverse order of their bits, and below all others.
      const isNegative = top >>> 31 === 1;
      low[i] = isNegative ? ~words[2 * i]! : words[2 * i]!;
      high[i] = isNegative ? ~top : top | 0x80000000;
    }
    yield;
  }
  return [low, high];
}

/** Writes `order` to `into` by one digit, keeping the order of equal ones; false when all have the same digit. */
function* distribute(words: Uint32Array, shift: number, order: Uint32Array, into: Uint32Array): Steps<boolean> {
  const starts = new Uint32Array(BUCKETS + 1);
  for (let from = 0; from < words.length; from += STEP) {
    const to = Math.min(words.length, from + STEP);
    for (let i = from; i < to; i++) starts[((words[i]! >>> shift) & (BUCKETS - 1)) + 1]!++;
    yield;
  }
  if (words.length === 0 || starts[((words[0]! >>> shift) & (BUCKETS - 1)) + 1] === words.length) return false;
  for (let bucket = 0; bucket < BUCKETS; bucket++) starts[bucket + 1]! += starts[bucket]!;
  for (let from = 0; from < order.length; from += STEP) {
    const to = Math.min(order.length, from + STEP);
    for (let i = from; i < to; i++) {
      const index = order[i]!;
      into[starts[(words[index]! >>> shift) & (BUCKETS - 1)]!++] = index;
    }
    yield;
  }
  return true;
}
