import type { RequestCounts } from "../model/usage.js";
import type { Catalog } from "../state/catalog.js";

/**
 * What requests did in each namespace, as of now, whether it is in memory or not. The catalog has them as of its last entry and
 * checkpoint, since requests are no writes.
 */
export class LiveCounts {
  readonly #catalog: Catalog;
  readonly #byNumber = new Map<number, RequestCounts>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** Those of one namespace of the catalog, to be added to; the same object each time. */
  of(number: number): RequestCounts {
    let counts = this.#byNumber.get(number);
    if (counts === undefined) {
      counts = { ...this.#catalog.byNumber(number)!.counts };
      this.#byNumber.set(number, counts);
    }
    return counts;
  }

  /** All that somebody added to, or may. */
  all(): Iterable<readonly [number, Readonly<RequestCounts>]> {
    return this.#byNumber;
  }

  /** Of a namespace that is gone nothing is kept. */
  remove(number: number): void {
    this.#byNumber.delete(number);
  }
}
