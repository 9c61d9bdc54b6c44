import type { ListScorer } from "../postings/top-search.js";

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Rounding of a sum of at most 1,024 products in f64 is far below this share of their magnitudes. */
const ERROR_SHARE = 1e-12;

/** The payload of a posting: the bits of its f32. */
export function payloadOf(value: number): number {
  float[0] = value;
  return bits[0]!;
}

/** Grows with the value: of two f32 the larger one has the larger key. u32. */
export function keyOfPayload(payload: number): number {
  return (payload & 0x80000000) === 0 ? (payload | 0x80000000) >>> 0 : ~payload >>> 0;
}

function valueOfKey(key: number): number {
  bits[0] = (key & 0x80000000) === 0 ? ~key : key & 0x7fffffff;
  return float[0]!;
}

/** Scores the postings of one component: the query's value times the record's. */
export class ComponentScorer implements ListScorer {
  readonly #value: number;

  constructor(value: number) {
    this.#value = value;
  }

  score(_slot: number, payload: number): number {
    bits[0] = payload;
    return this.#value * float[0]!;
  }

  /**
   * @param highest  key of the largest value
   * @param lowest   complement of the key of the least value
   */
  bound(highest: number, lowest: number): number {
    const value = this.#value > 0 ? valueOfKey(highest) : valueOfKey(~lowest >>> 0);
    return Math.max(0, this.#value * value);
  }

  error(highest: number, lowest: number): number {
    const largest = Math.abs(valueOfKey(highest));
    const least = Math.abs(valueOfKey(~lowest >>> 0));
    return ERROR_SHARE * Math.abs(this.#value) * Math.max(largest, least);
  }
}
