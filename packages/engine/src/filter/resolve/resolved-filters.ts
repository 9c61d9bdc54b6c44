import type { SlotSet } from "../../core/slot-set.js";
import type { Filter } from "../../model/filter.js";
import { formatFilter } from "../format.js";

/** Sets kept: two bytes a slot, when all are in use. */
const KEPT_MAX = 16;
/** Filters remembered that were asked once. */
const ASKED_MAX = 64;
/** A longer filter is not kept: its text would weigh more than the work it spares. */
const TEXT_LENGTH_MAX = 4_096;

/**
 * The slots of one segment that the last filters let through. Metadata of a slot never changes, so a set stays right; slots
 * that were appended since are not in it.
 */
export class ResolvedFilters {
  /** By the text of the filter, the one used longest ago first. */
  readonly #sets = new Map<string, SlotSet>();
  /** The texts of filters, in the order in which they were asked. */
  readonly #asked = new Set<string>();

  /** Bytes of memory held. */
  get bytes(): number {
    let sum = 0;
    for (const [text, set] of this.#sets) sum += 2 * text.length + set.words.byteLength;
    return sum;
  }

  /**
   * What is known of a filter.
   *
   * @returns  the slots below the set's limit that match; undefined when there is none. To be read only
   */
  find(filter: Filter): SlotSet | undefined {
    const text = formatFilter(filter);
    const set = this.#sets.get(text);
    if (set !== undefined) this.#put(text, set);
    return set;
  }

  /** Whether a filter was asked before, not long ago: one that never comes again is not worth a set. Notes that it was asked. */
  isAskedAgain(filter: Filter): boolean {
    const text = formatFilter(filter);
    if (text.length > TEXT_LENGTH_MAX) return false;
    const isKnown = this.#asked.delete(text);
    this.#asked.add(text);
    if (this.#asked.size > ASKED_MAX) this.#asked.delete(this.#asked.values().next().value!);
    return isKnown;
  }

  /** Keeps what a filter lets through, if it is more than is known. @param matches  not to be written any more */
  keep(filter: Filter, matches: SlotSet): void {
    const text = formatFilter(filter);
    if (text.length > TEXT_LENGTH_MAX || (this.#sets.get(text)?.limit ?? 0) >= matches.limit) return;
    this.#put(text, matches);
    const [oldest] = this.#sets.keys();
    if (this.#sets.size > KEPT_MAX) this.#sets.delete(oldest!);
  }

  #put(text: string, set: SlotSet): void {
    this.#sets.delete(text);
    this.#sets.set(text, set);
  }
}
