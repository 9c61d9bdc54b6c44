import type { GraphSearch } from "../core/graph.js";
import { createShortLivedFloats } from "../core/short-lived-floats.js";
import { VecstoreError } from "../errors.js";
import { compileFilter, type Predicate } from "../filter/evaluate.js";
import { parseFilter } from "../filter/parser.js";
import { validateFilter } from "../filter/validate.js";
import { LIMITS } from "../limits.js";
import { quoteValue } from "../metadata/describe.js";
import { validateId } from "../metadata/validate-id.js";
import { validateText } from "../metadata/validate-text.js";
import type { Filter } from "../model/filter.js";
import type { Metric } from "../model/namespace.js";
import type { QueryObserver } from "../model/observer.js";
import type { QueryRequest } from "../model/query.js";
import type { Projection, SparseVector, VectorInput } from "../model/record.js";
import { validateSparse } from "../sparse/validate.js";
import { integerIn } from "./integer-in.js";
import type { SearchWidth } from "./reach.js";
import { type Diversification, type Grouping, validateDiversity, validateGrouping } from "./validate-choice.js";
import { type FusionPlan, validateFusion } from "./validate-fusion.js";
import { validateObserver } from "./validate-observer.js";

/** What a query is checked against. */
export interface QueryContext {
  readonly namespace: string;
  readonly metric: Metric;
  /** 0 until the first vector fixes it. */
  readonly dimension: number;
  /** The most results one call may ask for. */
  readonly limitMax: number;
  /** The namespace's own default of `efSearch`. */
  readonly efSearch: number | undefined;
}

/** What the dense search looks for: the neighbors of a vector, or of the vector of a record. */
export type DenseSource =
  | { readonly vector: Float32Array; readonly id?: undefined }
  | { readonly id: string; readonly vector?: undefined };

/** A query with every default filled in and nothing left to check, save that the record it names exists. */
export interface ValidQuery {
  /** Of `dense`, `sparse` and `text` at least one is there. */
  readonly dense: DenseSource | undefined;
  readonly sparse: SparseVector | undefined;
  readonly text: string | undefined;
  /** How several of them become one list. */
  readonly fusion: FusionPlan;
  readonly limit: number;
  readonly offset: number;
  /** Candidates of a graph search; where there is a `recallTarget` that decides. */
  readonly ef: number;
  /** Above 0 and at most 1. */
  readonly recallTarget: number | undefined;
  readonly exact: boolean;
  readonly scoreThreshold: number | undefined;
  /** The filter as it was read; `predicate` is the same as a function. */
  readonly filter: Filter | undefined;
  readonly predicate: Predicate | undefined;
  /** Not together with `diversity`. */
  readonly groups: Grouping | undefined;
  readonly diversity: Diversification | undefined;
  readonly explain: boolean;
  readonly observer: QueryObserver | undefined;
  readonly projection: Required<Projection>;
  /** What another thread found already, in the graph of a segment with so many candidates. */
  readonly ahead?: ((segment: number, width: SearchWidth) => GraphSearch | undefined) | undefined;
}

/**
 * Checks a query and fills in its defaults. The query vector is copied, so the caller may reuse its buffer.
 *
 * @throws VecstoreError MISSING_QUERY, TEXT_TOO_LARGE, INVALID_VECTOR, ZERO_VECTOR, DIMENSION_MISMATCH, INVALID_ID, LIMIT_OUT_OF_RANGE, INVALID_FILTER,
 *         INVALID_ARGUMENT
 */
export function validateQuery(request: QueryRequest, context: QueryContext): ValidQuery {
  const { dense, sparse, text } = validateWays(request, context);
  const limit = integerIn("limit", request.limit ?? LIMITS.queryLimitAbsent, 1, context.limitMax);
  const offset = integerIn("offset", request.offset ?? 0, 0, LIMITS.queryLimitMax - limit);
  const threshold = request.scoreThreshold;
  if (threshold !== undefined && !Number.isFinite(threshold)) {
    throw new VecstoreError(
      "INVALID_ARGUMENT",
      `score_threshold is ${quoteValue(threshold)}; it must be a finite number`,
    );
  }
  const filter = readFilter(request.filter);
  const ways = [dense, sparse, text].filter((way) => way !== undefined).length;
  return {
    dense,
    sparse,
    text,
    fusion: validateFusion(request, ways, offset + limit),
    limit,
    offset,
    ef: validateEf(request.efSearch, context, limit, offset),
    recallTarget: validateTarget(request),
    exact: request.exact ?? false,
    scoreThreshold: threshold,
    filter,
    predicate: filter && compileFilter(filter),
    groups: validateGrouping(request, offset + limit),
    diversity: validateDiversity(request, offset + limit),
    explain: request.explain ?? false,
    observer: validateObserver(request.observer),
    projection: projectionOf(request),
  };
}

/**
 * Checks `efSearch`, and says with how many candidates a graph is searched.
 *
 * @throws VecstoreError LIMIT_OUT_OF_RANGE
 */
export function validateEf(efSearch: number | undefined, context: QueryContext, limit: number, offset: number): number {
  if (efSearch !== undefined) integerIn("ef_search", efSearch, 1, LIMITS.efMax);
  const ef = efSearch ?? context.efSearch ?? Math.max(64, 2 * limit);
  return Math.min(LIMITS.efMax, Math.max(ef, offset + limit));
}

function validateTarget({ recallTarget, efSearch }: QueryRequest): number | undefined {
  if (recallTarget === undefined) return undefined;
  if (typeof recallTarget !== "number" || !(recallTarget > 0 && recallTarget <= 1)) {
    const message = `recall_target is ${quoteValue(recallTarget)}; it must be a number above 0 and at most 1`;
    throw new VecstoreError("INVALID_ARGUMENT", message);
  }
  if (efSearch === undefined) return recallTarget;
  throw new VecstoreError("INVALID_ARGUMENT", "the query has both `ef_search` and `recall_target`; give one of them");
}

function validateWays(request: QueryRequest, context: QueryContext): Pick<ValidQuery, "dense" | "sparse" | "text"> {
  const { vector, id, sparse, text } = request ?? {};
  if (vector == null && id == null && sparse == null && text == null)
    throw new VecstoreError("MISSING_QUERY", "the query looks for nothing; give `vector`, `id`, `sparse` or `text`");
  return {
    dense: validateDense(request, context),
    sparse: sparse == null ? undefined : validateSparse(sparse, "sparse vector of the query"),
    text: text == null ? undefined : validateText(text, "text of the query"),
  };
}

function validateDense({ vector, id }: QueryRequest, context: QueryContext): DenseSource | undefined {
  if (vector == null && id == null) return undefined;
  if (vector != null && id != null)
    throw new VecstoreError("INVALID_ARGUMENT", "the query has both `vector` and `id`; give one of them");
  if (vector != null) return { vector: validateVector(vector, "query vector", context) };
  return { id: validateId(id, "id of the query") };
}

/**
 * Reads a filter given as text or as its AST; undefined when there is none.
 *
 * @returns  a tree that the caller cannot change any more
 * @throws VecstoreError INVALID_FILTER
 */
export function readFilter(filter: string | Filter | undefined): Filter | undefined {
  if (filter === undefined) return undefined;
  return typeof filter === "string" ? parseFilter(filter) : validateFilter(filter);
}

/** Fills in what a read returns by default. */
export function projectionOf(projection: Projection): Required<Projection> {
  return {
    includeMetadata: projection.includeMetadata ?? true,
    includeVector: projection.includeVector ?? false,
    includeText: projection.includeText ?? false,
  };
}

/** Smallest squared length that f32 arithmetic can normalize. */
const SQUARED_LENGTH_MIN = 1e-36;
/** Two opposite vectors of this length are 3.2e38 apart, squared: just below the largest f32. */
const SQUARED_LENGTH_MAX = 8e37;

/**
 * Copies a vector to f32 and checks it.
 *
 * @param what  how messages call it
 * @throws VecstoreError INVALID_VECTOR, ZERO_VECTOR, DIMENSION_MISMATCH, DIMENSION_OUT_OF_RANGE
 */
export function validateVector(
  input: VectorInput,
  what: string,
  context: Pick<QueryContext, "namespace" | "metric" | "dimension">,
): Float32Array {
  if (!(input instanceof Float32Array) && !Array.isArray(input)) {
    throw new VecstoreError("INVALID_VECTOR", `${what} is ${typeof input}; give a Float32Array or an array of numbers`);
  }
  const { length } = input;
  if (length === 0 || length > LIMITS.dimensionMax) {
    const message = `${what} has ${length} dimensions; allowed are 1 to ${LIMITS.dimensionMax}`;
    throw new VecstoreError("DIMENSION_OUT_OF_RANGE", message, {
      got: String(length),
      max: String(LIMITS.dimensionMax),
    });
  }
  const { dimension, namespace } = context;
  if (dimension !== 0 && length !== dimension) {
    const message = `${what} has ${length} dimensions; namespace ${JSON.stringify(namespace)} expects ${dimension}`;
    throw new VecstoreError("DIMENSION_MISMATCH", message, {
      got: String(length),
      expected: String(dimension),
      namespace,
    });
  }
  return checkedCopy(input, what, context.metric);
}

function checkedCopy(input: VectorInput, what: string, metric: Metric): Float32Array {
  const vector = createShortLivedFloats(input.length);
  let squared = 0;
  for (let i = 0; i < input.length; i++) {
    const value = input[i];
    vector[i] = value as number;
    const stored = vector[i]!;
    // A hole or a string in a plain array becomes NaN or a number; only numbers are allowed.
    if (typeof value !== "number" || stored - stored !== 0) throw notFinite(what, i, value);
    squared += stored * stored;
  }
  if (squared > SQUARED_LENGTH_MAX) {
    const message = `${what} has length ${Math.sqrt(squared).toExponential(2)}; f32 arithmetic allows up to 8.9e18; scale it down`;
    throw new VecstoreError("INVALID_VECTOR", message);
  }
  if (metric === "cosine" && squared < SQUARED_LENGTH_MIN) {
    const problem = squared === 0 ? "is all zeros" : "is too short to normalize";
    throw new VecstoreError("ZERO_VECTOR", `${what} ${problem}, so it has no direction under cosine`);
  }
  return vector;
}

function notFinite(what: string, index: number, value: unknown): VecstoreError {
  const got = typeof value === "number" ? String(value) : typeof value;
  const message = `${what}[${index}] is ${got}; components must be finite numbers within f32's range`;
  return new VecstoreError("INVALID_VECTOR", message, { index: String(index) });
}
