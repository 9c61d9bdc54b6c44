import type { QueryAbout, QueryFacts, StageStretch } from "../../call.js";
import type { Attributes, Span, SpanEvent } from "./span.js";
import { createSpanId } from "./trace-context.js";

/** Spans of one query at most, beside its own: a search that gives up its turn a thousand times has as many stretches. */
const STRETCHES_MAX = 64;
/** A shorter stretch of a stage that has a span already is not worth one. */
const STRETCH_MS_MIN = 0.05;

/** Where the spans of a query belong. */
export interface SpanPlace {
  readonly traceId: string;
  readonly parentSpanId: string;
  /** Milliseconds since 1970 at the zero of `performance.now()`. */
  readonly originMs: number;
  /** Undefined until the namespace is known to exist. */
  readonly namespace: string | undefined;
}

/** How a query ended. */
export interface QueryEnd {
  readonly facts?: QueryFacts;
  /** The end of one that has no stretches, by `performance.now()`. */
  readonly endedMs: number;
  readonly failure?: string | undefined;
}

/** Collects the stretches of one query and makes spans of them when it is over. */
export class QuerySpans {
  readonly #about: QueryAbout;
  readonly #startedMs = performance.now();
  readonly #stretches: StageStretch[] = [];
  #left = 0;
  #endedMs: number | undefined;

  constructor(about: QueryAbout) {
    this.#about = about;
  }

  /** Keeps a stretch; a very short one of a stage that is there already gives that its candidates. */
  stretch(stretch: StageStretch): void {
    this.#endedMs = stretch.endedMs;
    const before = this.#stretches.findLastIndex((each) => each.stage === stretch.stage && each.by === stretch.by);
    const isShort = stretch.endedMs - stretch.startedMs < STRETCH_MS_MIN;
    const isWorth = stretch.stage === "wait" ? !isShort : before < 0 || !isShort;
    if (isWorth && this.#stretches.length < STRETCHES_MAX) {
      this.#stretches.push(stretch);
      return;
    }
    if (isWorth) this.#left++;
    if (before < 0 || stretch.candidates === undefined) return;
    const kept = this.#stretches[before]!;
    this.#stretches[before] = { ...kept, candidates: (kept.candidates ?? 0) + stretch.candidates };
  }

  /** `vecstore_query` and a span for each stretch below it. */
  spans(place: SpanPlace, { facts, endedMs, failure }: QueryEnd): Span[] {
    const { traceId, parentSpanId, originMs } = place;
    const spanId = createSpanId();
    const first = this.#stretches[0]?.startedMs ?? this.#startedMs;
    const last = this.#endedMs ?? endedMs;
    const span = (name: string, startedMs: number, at: number, attributes: Attributes): Span => ({
      traceId,
      spanId: createSpanId(),
      parentSpanId: spanId,
      name,
      kind: "internal",
      startMs: originMs + startedMs,
      endMs: originMs + at,
      attributes,
    });
    const stages = this.#stretches.map((stretch) =>
      span(nameOf(stretch), stretch.startedMs, stretch.endedMs, this.#attributesOf(stretch, facts)),
    );
    const query = span("vecstore_query", first, last, this.#attributes(place, facts));
    const events = facts === undefined ? [] : this.#events(originMs, last);
    return [{ ...query, spanId, parentSpanId, events, failure }, ...stages];
  }

  #attributes({ namespace }: SpanPlace, facts: QueryFacts | undefined): Attributes {
    const { queryId, dimension, limit } = this.#about;
    return {
      query_id: queryId,
      vector_dim: dimension,
      k: limit,
      namespace,
      results_count: facts?.resultsCount,
      strategy: facts?.strategy,
      cache_hit: facts?.cacheHit,
      stages_left_out: this.#left === 0 ? undefined : this.#left,
    };
  }

  #attributesOf({ stage, by, candidates }: StageStretch, facts: QueryFacts | undefined): Attributes {
    if (stage === "search" && by !== "lists") return { candidates_found: candidates };
    if (stage !== "filter") return {};
    return {
      filter_expr: this.#about.filterShape,
      filter_selectivity: facts?.selectivity,
      inside_graph: facts === undefined ? undefined : facts.strategy === "filtered_graph",
    };
  }

  #events(originMs: number, endedMs: number): SpanEvent[] {
    const searched = this.#stretches.findLast(({ stage, by }) => stage === "search" && by !== "lists");
    const complete = { name: "Query complete", timeMs: originMs + endedMs };
    if (searched === undefined) return [complete];
    return [{ name: "HNSW search complete", timeMs: originMs + searched.endedMs }, complete];
  }
}

/** The names that dashboards look for; other stages have their own. */
const SPAN_NAMES: Readonly<Record<string, string>> = { filter: "apply_filters", search: "hnsw_search" };

function nameOf({ stage, by }: StageStretch): string {
  return by === "lists" ? "inverted_index_search" : (SPAN_NAMES[stage] ?? stage);
}
