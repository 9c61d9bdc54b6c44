import { VecstoreError } from "../errors.js";
import { parseKeyPath } from "../filter/path.js";
import { LIMITS } from "../limits.js";
import { quoteValue } from "../metadata/describe.js";
import type { QueryRequest } from "../model/query.js";
import { integerIn } from "./integer-in.js";

/** How results form groups. */
export interface Grouping {
  /** Names from the root of the metadata. */
  readonly path: readonly string[];
  /** Results kept of one group. */
  readonly size: number;
}

/** How diverse results are chosen. */
export interface Diversification {
  /** Weight of closeness, 0..1; the rest is difference. */
  readonly lambda: number;
  /** Closest records to choose from. */
  readonly candidates: number;
}

const LAMBDA_ABSENT = 0.5;
const CANDIDATES_PER_RESULT = 5;
const CANDIDATES_MIN = 50;

/**
 * Checks `groupBy` and `groupSize`.
 *
 * @param wanted  offset + limit: groups looked for
 * @throws VecstoreError INVALID_ARGUMENT, LIMIT_OUT_OF_RANGE
 */
export function validateGrouping({ groupBy, groupSize }: QueryRequest, wanted: number): Grouping | undefined {
  if (groupBy === undefined) {
    if (groupSize === undefined) return undefined;
    throw invalid("group_size is set without group_by; name the metadata field to group by");
  }
  const path = validatePath(groupBy);
  const size = integerIn("group_size", groupSize ?? 1, 1, LIMITS.groupSizeMax);
  integerIn("(offset + limit) x group_size", wanted * size, 1, LIMITS.queryLimitMax);
  return { path, size };
}

/**
 * Checks `diversity`.
 *
 * @param wanted  offset + limit: results chosen
 * @throws VecstoreError INVALID_ARGUMENT, LIMIT_OUT_OF_RANGE
 */
export function validateDiversity(request: QueryRequest, wanted: number): Diversification | undefined {
  const { diversity, groupBy, sparse, text } = request;
  if (diversity === undefined) return undefined;
  if (typeof diversity !== "object" || diversity === null)
    throw invalid("diversity is no object; give {lambda, candidates}");
  if (groupBy !== undefined) throw invalid("the query has both `diversity` and `group_by`; give one of them");
  if (sparse != null || text != null)
    throw invalid("diversity compares dense vectors; the query has `sparse` or `text` as well; leave one out");
  const { lambda = LAMBDA_ABSENT } = diversity;
  if (typeof lambda !== "number" || !(lambda >= 0 && lambda <= 1))
    throw invalid(`diversity.lambda is ${quoteValue(lambda)}; it must be a number from 0 to 1`);
  const most = LIMITS.diversityCandidatesMax;
  integerIn("offset + limit of diverse results", wanted, 1, most);
  const absent = Math.min(most, Math.max(CANDIDATES_MIN, CANDIDATES_PER_RESULT * wanted));
  return { lambda, candidates: integerIn("diversity.candidates", diversity.candidates ?? absent, wanted, most) };
}

function validatePath(groupBy: unknown): readonly string[] {
  if (typeof groupBy !== "string") throw invalid(`group_by is ${typeof groupBy}; give a dotted path`);
  if (groupBy.length > LIMITS.filterBytesMax)
    throw invalid(`group_by has ${groupBy.length} characters; at most ${LIMITS.filterBytesMax} are allowed`);
  const read = parseKeyPath(groupBy);
  if ("problem" in read) throw invalid(`group_by ${read.problem}, at position ${read.position}`);
  return read.path;
}

function invalid(message: string): VecstoreError {
  return new VecstoreError("INVALID_ARGUMENT", message);
}
