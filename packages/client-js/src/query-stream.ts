import { fromExplain, fromResult, fromStats } from "./convert/query.js";
import type { QueryStreamResponse } from "./gen/vecstore/v1/query_pb.js";
import type { Metadata } from "./model/metadata.js";
import type { QueryExplanation, QueryHit, QueryStats } from "./model/query.js";

/**
 * The hits of a streamed query, to be looped over once. The query starts with the loop, and leaving the loop cancels it.
 */
export class QueryStream<M extends object = Metadata> implements AsyncIterable<QueryHit<M>> {
  readonly #open: () => AsyncIterable<QueryStreamResponse>;
  #stats: QueryStats | undefined;
  #explain: QueryExplanation | undefined;

  /** @internal */
  constructor(open: () => AsyncIterable<QueryStreamResponse>) {
    this.#open = open;
  }

  /** Absent until the last chunk has come, so there when the loop ends by itself. */
  get stats(): QueryStats | undefined {
    return this.#stats;
  }

  /** The same; only when the query asked to explain. */
  get explain(): QueryExplanation | undefined {
    return this.#explain;
  }

  /** The hits, best first. */
  async *[Symbol.asyncIterator](): AsyncGenerator<QueryHit<M>, void, undefined> {
    for await (const { results, stats, explain } of this.#open()) {
      if (stats !== undefined) this.#stats = fromStats(stats);
      if (explain !== undefined) this.#explain = fromExplain(explain);
      for (const result of results) yield fromResult<M>(result);
    }
  }
}
