import { BLOCK_SLOTS, BLOCK_WORDS } from "../core/block-bits.js";
import { turnMs } from "../core/breathe.js";
import { SlotSet } from "../core/slot-set.js";
import { FilterResolver } from "../filter/resolve/filter-resolver.js";
import type { Filter } from "../model/filter.js";
import type { Segment } from "../segment/segment.js";
import type { Pace } from "./pace.js";
import type { SegmentView, View } from "./view.js";
import { isAllVisible, visibleSlots } from "./visible.js";

/** Slots whose metadata is entered into columns between two looks at the clock. */
const SLOTS_PER_LOOK = 16;

/**
 * The slots of one segment that a view sees and that match a filter: exactly these, so that their count is exact too.
 *
 * @param query         a ValidQuery, or whatever has a filter; all visible slots match where it has none
 * @param segmentIndex  of the segment in the view
 * @returns             with the view's count of the segment as its limit; to be read only, since other queries may share it
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 * Cost: steps by the number of 32 slots, and by terms; columns that lag behind, as after opening, are filled first.
 */
export async function resolveMatches(
  query: { readonly filter: Filter | undefined },
  view: View,
  segmentIndex: number,
  pace: Pace,
): Promise<SlotSet> {
  if (query.filter === undefined) return visibleSlots(view, segmentIndex);
  const { segment, count } = view.segments[segmentIndex]!;
  const matches = await resolveFilter(query.filter, segment, count, pace);
  if (isAllVisible(view, segmentIndex)) return matches;
  const visible = visibleSlots(view, segmentIndex);
  visible.intersect(matches);
  return visible;
}

/** Slots whose metadata a query fills into columns itself: about 10 ms of work. */
const LAG_MAX = 8_192;

/**
 * False while the columns of a segment lag so far behind, as after opening, that filling them takes longer than comparing all
 * vectors and asking the filter about those that are close. They are being filled meanwhile.
 */
export function isCountable({ segment, count }: SegmentView): boolean {
  return count - segment.filled <= LAG_MAX;
}

/** A segment with fewer slots is resolved sooner than a set is looked up and kept. */
const KEPT_FROM = 4_096;

/**
 * The slots of [0, count) of a segment that match a filter, dead ones too.
 *
 * @returns  to be read only: the segment keeps it for the next query with this filter
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 */
export async function resolveFilter(filter: Filter, segment: Segment, count: number, pace: Pace): Promise<SlotSet> {
  while (segment.filled < count) {
    segment.fillFields(SLOTS_PER_LOOK);
    if (pace.due) await pace.next();
  }
  const known = count < KEPT_FROM ? undefined : segment.resolved.find(filter);
  if (known?.limit === count) return known;
  const resolution = new Resolution(filter, segment, new SlotSet(count), known);
  while (!resolution.isDone) {
    resolution.step();
    if (pace.due) await pace.next();
  }
  if (count >= KEPT_FROM) segment.resolved.keep(filter, resolution.matches);
  return resolution.matches;
}

/** A filter on its way through the blocks of a segment. */
class Resolution {
  /** Those below the block that comes next. */
  readonly matches: SlotSet;
  readonly #resolver: FilterResolver;
  #block: number;

  /**
   * @param matches  of any content
   * @param known    what is known of fewer slots
   */
  constructor(filter: Filter, segment: Segment, matches: SlotSet, known: SlotSet | undefined) {
    this.matches = matches;
    this.#resolver = new FilterResolver(filter, segment.fields, segment);
    // Of the last block of what is known a part is missing.
    this.#block = Math.floor(Math.min(known?.limit ?? 0, matches.limit) / BLOCK_SLOTS);
    if (known !== undefined) matches.words.set(known.words.subarray(0, this.#block * BLOCK_WORDS));
  }

  /** True when `matches` is complete. */
  get isDone(): boolean {
    return this.#block * BLOCK_SLOTS >= this.matches.limit;
  }

  /** Goes on for a millisecond or two. */
  step(): void {
    if (!this.#resolver.prepare(this.#block)) this.#resolver.resolve(this.#block++, this.matches);
  }
}

/** Slots of a segment, and those of them that columns lack, up to which its matches are resolved at once. */
const AT_ONCE_MAX = 1 << 20;
const LAG_AT_ONCE_MAX = 256;
/** Milliseconds of one turn. */
const AT_ONCE_MS = 2;

/** By segment, the words of what `matchesAtOnce` found, and of what is visible. */
const found = new Map<number, Uint32Array<ArrayBuffer>>();
const seen = new Map<number, Uint32Array<ArrayBuffer>>();

/**
 * As `resolveMatches` under a filter, in this turn, by memory that all queries share: a set for each query would take longer than
 * many a search.
 *
 * @returns  to be read in this turn, before another query is asked; undefined where a slice is not enough
 */
export function matchesAtOnce(filter: Filter, view: View, segmentIndex: number): SlotSet | undefined {
  const { segment, count } = view.segments[segmentIndex]!;
  if (count > AT_ONCE_MAX || count - segment.filled > LAG_AT_ONCE_MAX) return undefined;
  if (segment.filled < count) segment.fillFields(count - segment.filled);
  const matches = filterAtOnce(filter, segment, sharedSet(found, segmentIndex, count));
  if (matches === undefined || isAllVisible(view, segmentIndex)) return matches;
  const visible = sharedSet(seen, segmentIndex, count);
  visible.words.fill(0);
  visibleSlots(view, segmentIndex, visible);
  visible.intersect(matches);
  return visible;
}

/** Keeps what it finds of a filter that comes again. */
function filterAtOnce(filter: Filter, segment: Segment, into: SlotSet): SlotSet | undefined {
  const isKept = into.limit >= KEPT_FROM;
  const known = isKept ? segment.resolved.find(filter) : undefined;
  if (known?.limit === into.limit) return known;
  const resolution = new Resolution(filter, segment, into, known);
  const beganMs = turnMs();
  while (!resolution.isDone) {
    resolution.step();
    if (!resolution.isDone && turnMs() - beganMs >= AT_ONCE_MS) return undefined;
  }
  if (isKept && segment.resolved.isAskedAgain(filter))
    segment.resolved.keep(filter, new SlotSet(into.limit, into.words.slice()));
  return into;
}

/** A set of any content. */
function sharedSet(bySegment: Map<number, Uint32Array<ArrayBuffer>>, segmentIndex: number, limit: number): SlotSet {
  const length = (limit + 31) >>> 5;
  const known = bySegment.get(segmentIndex);
  if (known !== undefined && known.length >= length) return new SlotSet(limit, known.subarray(0, length));
  // The segment grows.
  bySegment.set(segmentIndex, new Uint32Array(Math.min(2 * length, AT_ONCE_MAX / 32)));
  return sharedSet(bySegment, segmentIndex, limit);
}
