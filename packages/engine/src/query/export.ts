import type { SlotSet } from "../core/slot-set.js";
import type { Filter } from "../model/filter.js";
import type { ExportChunk, ExportRequest } from "../model/read.js";
import type { Projection, StoredRecord } from "../model/record.js";
import type { Segment } from "../segment/segment.js";
import { assertBounds } from "./assert-bounds.js";
import { assertRequest } from "./assert-request.js";
import { readRecord } from "./hydrate.js";
import { decodeToken, encodeToken } from "./id-token.js";
import { matchesBySegment, scopeOf, validatePrefix } from "./list.js";
import { Pace } from "./pace.js";
import { projectionOf, readFilter } from "./validate.js";
import type { View } from "./view.js";
import { walkInOrder } from "./walk.js";

/** Records of one chunk at most. */
const CHUNK_RECORDS = 1_000;
/** Stored bytes of one chunk; the record that reaches them ends it. On a wire they may be twice as many. */
const CHUNK_BYTES = 128 * 1024;

const WRONG_TOKEN = "resume_token was not given by an export with this prefix and filter; start again without one";

/** An export with nothing left to check. */
export interface ValidExport {
  readonly prefix: string;
  readonly filter: Filter | undefined;
  /** The last id that the reader has; undefined at the beginning. */
  readonly after: string | undefined;
  readonly resumeToken: string;
  /** What tokens are bound to. */
  readonly scope: string;
  readonly projection: Required<Projection>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Checks the options of an export.
 *
 * @throws VecstoreError INVALID_ARGUMENT, INVALID_FILTER, INVALID_PAGE_TOKEN
 */
export function validateExport(request: ExportRequest): ValidExport {
  assertRequest(request, "the request of export");
  assertBounds(request);
  const { prefix = "", resumeToken = "", includeMetadata, includeVector = true, includeText = true } = request;
  const filter = readFilter(request.filter);
  validatePrefix(prefix);
  // A page token of a list is none of an export: it would be taken for one that carries vectors.
  const scope = `export ${scopeOf(request)}`;
  return {
    prefix,
    filter,
    after: resumeToken === "" ? undefined : decodeToken(resumeToken, scope, WRONG_TOKEN),
    resumeToken,
    scope,
    projection: projectionOf({ includeMetadata, includeVector, includeText }),
    signal: request.signal,
  };
}

/**
 * Yields the visible records by ascending id in chunks, each read when it is asked for. The view is taken when the
 * iteration begins and released when it ends, however it ends; writes and merges go on meanwhile.
 *
 * @param openView        the present, once
 * @param assertReadable  throws when the store was closed while the reader was busy
 * @throws VecstoreError CANCELED, STORE_CLOSED, STORE_STOPPED
 */
export async function* exportRecords(
  valid: ValidExport,
  openView: () => View,
  assertReadable: () => void,
): AsyncGenerator<ExportChunk, void> {
  const view = openView();
  try {
    const pace = new Pace({ signal: valid.signal });
    const matches = valid.filter && (await matchesBySegment(valid.filter, view, pace));
    for (const { segment, count } of view.segments) {
      for (const _ of segment.sortInSteps(count)) if (pace.due) await pace.next();
    }
    for await (const chunk of chunksOf(valid, view, matches, pace)) {
      yield chunk;
      pace.check();
      assertReadable();
    }
  } finally {
    view.release();
  }
}

async function* chunksOf(
  { prefix, after, resumeToken, scope, projection }: ValidExport,
  view: View,
  matches: ReadonlyMap<Segment, SlotSet> | undefined,
  pace: Pace,
): AsyncGenerator<ExportChunk, void> {
  let records: StoredRecord[] = [];
  let bytes = 0;
  let hasChunk = false;
  const take = (): ExportChunk => {
    const last = records.at(-1);
    const chunk = {
      records,
      resumeToken: last === undefined ? resumeToken : encodeToken(last.id, scope),
      sequence: view.sequence,
    };
    hasChunk = true;
    records = [];
    bytes = 0;
    return chunk;
  };
  for (const { segment, slot } of walkInOrder(view, after ?? prefix)) {
    if (pace.due) await pace.next();
    const id = segment.idOf(slot);
    if (id === after) continue;
    if (!id.startsWith(prefix)) break;
    if (matches?.get(segment)?.has(slot) === false) continue;
    records.push(readRecord(segment, slot, projection));
    bytes += storedBytes(segment, slot, projection);
    if (bytes < CHUNK_BYTES && records.length < CHUNK_RECORDS) continue;
    yield take();
  }
  // Also without a record, so that a reader learns the sequence.
  if (records.length > 0 || !hasChunk) yield take();
}

function storedBytes(segment: Segment, slot: number, projection: Required<Projection>): number {
  let bytes = segment.idOf(slot).length;
  if (projection.includeVector) bytes += 4 * segment.dimension + segment.sparseBytesOf(slot).length;
  if (projection.includeMetadata) bytes += segment.metadataBytesOf(slot).length;
  if (projection.includeText) bytes += segment.columns.textBytesOf(slot)?.length ?? 0;
  return bytes;
}
