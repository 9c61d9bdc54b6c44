/** More decimal digits than these are never needed to tell two f32 apart. */
const DIGITS_MAX = 9;
/** Fewer rarely suffice. */
const DIGITS_MIN = 6;

/**
 * The shortest decimal, of those with 6 to 9 digits, that reads back as the same f32: by a reader that rounds to a double first, as
 * JSON.parse, or to an f32 at once.
 *
 * @param value  a finite f32
 */
export function float32Text(value: number): string {
  // JSON can say -0, but String does not.
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  for (let digits = DIGITS_MIN; digits <= DIGITS_MAX; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
  }
  return String(value);
}

/** A vector as a JSON array that reads back bit for bit. */
export function vectorText(vector: Float32Array): string {
  let text = "[";
  for (let at = 0; at < vector.length; at++) text += (at === 0 ? "" : ",") + float32Text(vector[at]!);
  return `${text}]`;
}
