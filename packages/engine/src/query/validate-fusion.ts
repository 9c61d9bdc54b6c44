import { VecstoreError } from "../errors.js";
import { LIMITS } from "../limits.js";
import type { QueryRequest } from "../model/query.js";
import { integerIn } from "./integer-in.js";

/** How several searches become one list, with every default filled in. */
export interface FusionPlan {
  readonly method: "reciprocal_rank" | "weighted";
  readonly rankConstant: number;
  readonly alpha: number;
  /** Candidates of each search; undefined: as many as `candidatesFor` says. */
  readonly candidates: number | undefined;
}

const METHODS = ["reciprocal_rank", "weighted"] as const;
const RANK_CONSTANT_ABSENT = 60;
const RANK_CONSTANT_MAX = 10_000;
const ALPHA_ABSENT = 0.7;

/**
 * Checks `fusion`.
 *
 * @param ways    searches that the query asks for
 * @param wanted  offset + limit
 * @throws VecstoreError INVALID_ARGUMENT, LIMIT_OUT_OF_RANGE
 */
export function validateFusion({ fusion }: QueryRequest, ways: number, wanted: number): FusionPlan {
  if (fusion !== undefined && (typeof fusion !== "object" || fusion === null))
    throw invalid("fusion is no object; give {method, rankConstant, alpha, candidates}");
  if (fusion !== undefined && ways < 2)
    throw invalid("fusion is set, and there is one search only; give two of `vector` (or `id`), `sparse` and `text`");
  const { method = "reciprocal_rank", rankConstant, alpha = ALPHA_ABSENT, candidates } = fusion ?? {};
  if (!METHODS.includes(method)) throw invalid(`fusion.method is ${String(method)}; allowed are ${METHODS.join(", ")}`);
  if (typeof alpha !== "number" || !(alpha >= 0 && alpha <= 1))
    throw invalid(`fusion.alpha is ${String(alpha)}; it must be a number from 0 to 1`);
  const constant = integerIn("fusion.rank_constant", rankConstant ?? RANK_CONSTANT_ABSENT, 1, RANK_CONSTANT_MAX);
  if (candidates !== undefined) integerIn("fusion.candidates", candidates, wanted, LIMITS.queryLimitMax);
  return { method, rankConstant: constant, alpha, candidates };
}

/** The least number of candidates of each search, and how many times more each further step is. */
const CANDIDATES_FIRST = 128;
const CANDIDATES_STEP = 4;
const CANDIDATES_PER_RESULT = 3;

/**
 * Candidates of each search when the query does not say: three times what is wanted, in large steps, so that neighboring pages
 * are cut from the same list.
 *
 * @param wanted  results, offset included
 */
export function candidatesFor(wanted: number): number {
  let candidates = CANDIDATES_FIRST;
  while (candidates < CANDIDATES_PER_RESULT * wanted) candidates *= CANDIDATES_STEP;
  return candidates;
}

function invalid(message: string): VecstoreError {
  return new VecstoreError("INVALID_ARGUMENT", message);
}
