import type { RequestCounts } from "../model/usage.js";
import type { Catalog } from "../state/catalog.js";
import { countsOf, NO_REQUESTS, sameCounts, storedCounts } from "../state/request-counts.js";
import type { DataDirectory } from "./data-directory.js";

/** Namespaces of one entry, so that applying it takes no time that anybody notices. */
const ENTRY_NAMESPACES_MAX = 1_000;

/**
 * What requests did in each namespace, whether it is in memory or not. The catalog has what was logged; here are the totals of those that
 * were asked anything since.
 */
export class RequestCounters {
  readonly #catalog: Catalog;
  readonly #unsaved = new Map<number, RequestCounts>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** The totals of a namespace as of now. */
  of(number: number): Readonly<RequestCounts> {
    return this.#unsaved.get(number) ?? this.#catalog.byNumber(number)?.counts ?? NO_REQUESTS;
  }

  /** The totals of a namespace, to be added to at once: another turn of the event loop may have saved them. */
  at(number: number): RequestCounts {
    const known = this.#unsaved.get(number);
    if (known !== undefined) return known;
    const counts = { ...this.of(number) };
    this.#unsaved.set(number, counts);
    return counts;
  }

  /** Of a namespace that is gone nothing is kept. */
  remove(number: number): void {
    this.#unsaved.delete(number);
  }

  /** Tells the catalog, whose checkpoint is about to be written. What is not logged yet stays so: the checkpoint may fail. */
  note(): void {
    for (const [number, counts] of this.#unsaved) this.#catalog.noteRequests(number, counts);
  }

  /**
   * Logs the totals of the namespaces that were asked anything since the last time; nothing when there is none.
   *
   * @throws VecstoreError STORE_CLOSED, STORE_STOPPED, DISK_FULL; the next call writes them then
   */
  async save(directory: DataDirectory): Promise<void> {
    for (const number of this.#unsaved.keys()) {
      if (this.#catalog.byNumber(number) === undefined) this.#unsaved.delete(number);
    }
    const numbers = [...this.#unsaved.keys()];
    for (let from = 0; from < numbers.length; from += ENTRY_NAMESPACES_MAX) {
      const namespaces = numbers
        .slice(from, from + ENTRY_NAMESPACES_MAX)
        .map((number) => storedCounts(number, this.of(number)));
      await directory.writeOrThrow(directory, { $case: "countRequests", value: { namespaces } });
      for (const logged of namespaces) {
        // Not those that went on meanwhile.
        const now = this.#unsaved.get(logged.number);
        if (now !== undefined && sameCounts(now, countsOf(logged))) this.#unsaved.delete(logged.number);
      }
    }
  }
}
