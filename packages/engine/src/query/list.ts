import type { SlotSet } from "../core/slot-set.js";
import { VecstoreError } from "../errors.js";
import { formatFilter } from "../filter/format.js";
import { LIMITS } from "../limits.js";
import { isWellFormed } from "../metadata/utf8.js";
import type { Filter } from "../model/filter.js";
import type { ListPage, ListRequest } from "../model/read.js";
import type { StoredRecord } from "../model/record.js";
import type { Segment } from "../segment/segment.js";
import { assertRequest } from "./assert-request.js";
import { readRecord } from "./hydrate.js";
import { decodeToken, encodeToken } from "./id-token.js";
import { integerIn } from "./integer-in.js";
import { resolveMatches } from "./matches.js";
import { type Bounds, Pace } from "./pace.js";
import { projectionOf, readFilter } from "./validate.js";
import type { View } from "./view.js";
import { walkInOrder } from "./walk.js";

const WRONG_TOKEN = "page_token was not given by a list with this prefix and filter; start again without one";

/**
 * One page of the visible records by ascending id.
 *
 * @throws VecstoreError LIMIT_OUT_OF_RANGE, INVALID_ARGUMENT, INVALID_PAGE_TOKEN, INVALID_FILTER, CANCELED, DEADLINE_EXCEEDED
 * Cost: the first call after writes sorts the new ids.
 */
export async function listPage(view: View, request: ListRequest, bounds: Bounds): Promise<ListPage> {
  assertRequest(request, "the request of list");
  const size = integerIn("page_size", request.pageSize ?? LIMITS.pageSizeAbsent, 1, LIMITS.pageSizeMax);
  const filter = readFilter(request.filter);
  const projection = projectionOf(request);
  const prefix = validatePrefix(request.prefix ?? "");
  const scope = scopeOf(request);
  const after = request.pageToken ? decodeToken(request.pageToken, scope, WRONG_TOKEN) : undefined;
  const pace = new Pace(bounds);
  const matches = filter && (await matchesBySegment(filter, view, pace));
  const records: StoredRecord[] = [];
  for (const { segment, count } of view.segments) {
    for (const _ of segment.sortInSteps(count)) if (pace.due) await pace.next();
  }
  for (const { segment, slot } of walkInOrder(view, after ?? prefix)) {
    if (pace.due) await pace.next();
    const id = segment.idOf(slot);
    if (id === after) continue;
    if (!id.startsWith(prefix)) break;
    if (matches?.get(segment)?.has(slot) === false) continue;
    if (records.length === size) return { records, nextPageToken: encodeToken(records.at(-1)!.id, scope) };
    records.push(readRecord(segment, slot, projection));
  }
  return { records };
}

/** The slots of each segment that match. */
export async function matchesBySegment(filter: Filter, view: View, pace: Pace): Promise<ReadonlyMap<Segment, SlotSet>> {
  const matches = new Map<Segment, SlotSet>();
  for (const [i, { segment }] of view.segments.entries()) {
    matches.set(segment, await resolveMatches({ filter }, view, i, pace));
  }
  return matches;
}

/**
 * Half a character matches by UTF-16 units what it does not match by bytes, which ids are sorted by.
 *
 * @throws VecstoreError INVALID_ARGUMENT
 */
export function validatePrefix(prefix: string): string {
  if (typeof prefix !== "string")
    throw new VecstoreError("INVALID_ARGUMENT", `prefix is ${typeof prefix}; give a string that ids begin with`);
  if (isWellFormed(prefix)) return prefix;
  throw new VecstoreError("INVALID_ARGUMENT", "prefix holds a lone surrogate; ids are valid UTF-8");
}

/** What a token is bound to: a page of another list would skip records unseen. */
export function scopeOf(request: Pick<ListRequest, "prefix" | "filter">): string {
  const { prefix = "", filter } = request;
  const text = filter === undefined ? "" : typeof filter === "string" ? filter : formatFilter(filter);
  return JSON.stringify([prefix, text]);
}
