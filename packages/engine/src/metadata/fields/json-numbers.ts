const ZERO = 0x30;
const NINE = 0x39;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;

/** Digits that a double holds exactly, whatever they are. */
const DIGITS_MAX = 15;
/** Powers of ten that a double holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** Reads the numbers of JSON. */
export class NumberReader {
  /** Behind the number that was read last. */
  end = 0;

  /**
   * Reads the number at `bytes[from]`.
   *
   * A number of at most 15 digits without an exponent is one exact integer divided by one exact power of ten: rounded
   * once, so the same double that `JSON.parse` gives. All others are left to the platform.
   *
   * @returns  never -0; NaN when there is no number
   */
  read(bytes: Uint8Array, from: number): number {
    const isNegative = bytes[from] === MINUS;
    const first = isNegative ? from + 1 : from;
    let at = first;
    let mantissa = 0;
    let point = -1;
    for (; ; at++) {
      const byte = bytes[at]!;
      if (byte >= ZERO && byte <= NINE) mantissa = mantissa * 10 + (byte - ZERO);
      else if (byte === POINT && point < 0) point = at;
      else break;
    }
    const digits = at - first - (point < 0 ? 0 : 1);
    if (digits === 0 || digits > DIGITS_MAX || isNumberByte(bytes[at]!)) return this.#readSlowly(bytes, from);
    this.end = at;
    const value = point < 0 ? mantissa : mantissa / POWERS[at - point - 1]!;
    return isNegative ? 0 - value : value;
  }

  #readSlowly(bytes: Uint8Array, from: number): number {
    let text = "";
    let at = from;
    for (; isNumberByte(bytes[at]!); at++) text += String.fromCharCode(bytes[at]!);
    this.end = at;
    // Adding 0 turns -0 into 0.
    return text === "" ? Number.NaN : Number(text) + 0;
  }
}

/** The characters of numbers: digits, signs, point and exponent. False for undefined, which stands behind the end. */
function isNumberByte(byte: number): boolean {
  return (byte >= ZERO && byte <= NINE) || byte === MINUS || byte === PLUS || byte === POINT || (byte | 0x20) === 0x65;
}
