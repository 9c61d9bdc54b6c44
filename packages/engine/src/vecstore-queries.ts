import { breathe, isTurnUsedUp } from "./core/breathe.js";
import { assertReads, catalogEntry, dimensionOf, type NamespaceRef } from "./directory/access.js";
import { Calibrator } from "./directory/calibrator.js";
import type { DataDirectory } from "./directory/data-directory.js";
import type { OpenNamespace } from "./directory/open-namespace.js";
import { VecstoreError } from "./errors.js";
import { LIMITS } from "./limits.js";
import { validateId } from "./metadata/validate-id.js";
import type { QueryEstimate } from "./model/explain.js";
import type { Filter } from "./model/filter.js";
import type { QueryAnswer, QueryChunk, QueryRequest } from "./model/query.js";
import type { ExportChunk, ExportRequest, GetResult } from "./model/read.js";
import type { MeasureRecallRequest, RecallMeasurement } from "./model/recall.js";
import type { Projection } from "./model/record.js";
import { answerOf, explained } from "./query/answer.js";
import { noteQuery } from "./query/arrivals.js";
import { assertOptions, assertRequest } from "./query/assert-request.js";
import { executeBatch, ofQuery } from "./query/batch.js";
import { estimateQuery } from "./query/estimate.js";
import { executeQuery } from "./query/execute.js";
import { exportRecords, validateExport } from "./query/export.js";
import { readRecord } from "./query/hydrate.js";
import { measureRecall } from "./query/measure-recall.js";
import { observe } from "./query/observe.js";
import { type Bounds, Pace } from "./query/pace.js";
import { withinQuota } from "./query/results-quota.js";
import { streamQuery } from "./query/stream.js";
import { projectionOf, type QueryContext, readFilter, type ValidQuery, validateQuery } from "./query/validate.js";
import { validateMeasurement } from "./query/validate-measurement.js";
import { View } from "./query/view.js";
import { countMatches } from "./query/walk.js";
import { assertObjects, validateBatchSize } from "./state/records.js";

/**
 * Checks a query by what the catalog says of the namespace, which need not be in memory.
 *
 * @returns a copy
 * @throws VecstoreError as `VecStore.query`
 */
export function checkQuery(
  directory: DataDirectory,
  ref: NamespaceRef,
  request: QueryRequest,
  limitMax: number,
): ValidQuery {
  const { quotas } = catalogEntry(directory, ref);
  return validateQuery(withinQuota(request, ref.name, quotas), contextOf(directory, ref, limitMax));
}

function contextOf(directory: DataDirectory, ref: NamespaceRef, limitMax: number): QueryContext {
  const { metric, efSearch } = catalogEntry(directory, ref).config;
  return { namespace: ref.name, metric, dimension: dimensionOf(directory, ref), limitMax, efSearch };
}

/** The searches of one namespace: checks, takes a view, runs, reads the records found. Callers see that the store is open. */
export class NamespaceReader {
  readonly #directory: DataDirectory;
  readonly #namespace: OpenNamespace;
  readonly #calibrator: Calibrator;

  constructor(directory: DataDirectory, namespace: OpenNamespace) {
    this.#directory = directory;
    this.#namespace = namespace;
    this.#calibrator = new Calibrator(directory, namespace, () => this.#view());
  }

  get #counts() {
    return this.#directory.requests.at(this.#namespace.number);
  }

  /** As `VecStore.query`. */
  async query(request: QueryRequest): Promise<QueryAnswer> {
    assertReads(this.#directory, this.#namespace);
    const query = this.#validate(request, this.#directory.settings.maxQueryLimit);
    noteQuery();
    const startedMs = performance.now();
    const view = this.#view();
    try {
      const found = executeQuery(query, view, request);
      const execution = found instanceof Promise ? await found : found;
      const answer = answerOf(execution);
      execution.stats.durationMs = performance.now() - startedMs;
      if (request.uncounted !== true) this.#counts.queries++;
      const observing = observe(execution, execution.stats.durationMs);
      if (observing !== undefined) await observing;
      return execution.trace === undefined ? answer : await explained(execution, answer);
    } finally {
      view.release();
    }
  }

  /** As `VecStore.get`. */
  async get(ids: readonly string[], projection: Projection): Promise<GetResult> {
    if (!Array.isArray(ids))
      throw new VecstoreError("INVALID_ARGUMENT", `ids is ${typeof ids}; give an array of strings`);
    validateBatchSize(ids.length, this.#directory.settings.maxBatchRecords, "ids");
    assertOptions(projection, "get");
    const parts = projectionOf(projection);
    if (isTurnUsedUp()) await breathe();
    const nowMs = this.#directory.nowMs();
    const records = [];
    const missing = [];
    for (const [i, id] of ids.entries()) {
      const found = this.#namespace.state.locate(validateId(id, `ids[${i}]`));
      if (found === undefined || !found.segment.isLive(found.slot, nowMs)) missing.push(id);
      else records.push(readRecord(found.segment, found.slot, parts));
    }
    return { records, missing };
  }

  /** As `VecStore.count`. */
  async count(request: { readonly filter?: string | Filter } & Bounds): Promise<number> {
    assertRequest(request, "the request of count");
    const filter = readFilter(request.filter);
    const pace = new Pace(request);
    if (filter === undefined) return this.#namespace.state.visibleCount(this.#directory.nowMs());
    return this.withView((view) => countMatches(view, filter, pace));
  }

  /** As `VecStore.queryStream`. */
  queryStream(request: QueryRequest): AsyncGenerator<QueryChunk, void> {
    const query = this.#validate(request, LIMITS.queryLimitMax);
    const chunks = streamQuery(query, () => this.#view(), request);
    return request.uncounted === true ? chunks : this.#counted(chunks);
  }

  /** Answered is a stream that was read to its end. */
  async *#counted(chunks: AsyncGenerator<QueryChunk, void>): AsyncGenerator<QueryChunk, void> {
    yield* chunks;
    this.#counts.queries++;
  }

  /** As `VecStore.export`. */
  export(request: ExportRequest): AsyncGenerator<ExportChunk, void> {
    const open = () => this.#view();
    return exportRecords(validateExport(request), open, () => this.#directory.assertReadable());
  }

  /** As `VecStore.batchQuery`. */
  async batchQuery(requests: readonly QueryRequest[]): Promise<readonly QueryAnswer[]> {
    const { maxBatchRecords, maxQueryLimit } = this.#directory.settings;
    assertObjects(requests, "queries");
    validateBatchSize(requests.length, maxBatchRecords, "queries");
    const queries = requests.map((request, index) => this.#validateOne(request, index, maxQueryLimit));
    noteQuery();
    const answers = await this.withView((view) => executeBatch(queries, view, requests));
    for (const { uncounted } of requests) if (uncounted !== true) this.#counts.queries++;
    return answers;
  }

  /** As `VecStore.estimate`. */
  async estimate(request: QueryRequest): Promise<QueryEstimate> {
    const query = this.#check(request, this.#directory.settings.maxQueryLimit);
    return this.withView((view) => estimateQuery(query, view, request));
  }

  /** As `VecStore.measureRecall`. */
  measureRecall(request: MeasureRecallRequest): Promise<RecallMeasurement> {
    const query = validateMeasurement(request, this.#context(this.#directory.settings.maxQueryLimit));
    return this.withView((view) => measureRecall(query, view, request));
  }

  /** As `VecStore.calibrate`. */
  calibrate(): Promise<void> {
    return this.#calibrator.now();
  }

  /** Runs `use` on a view of the present and lets the view go, however that ends. */
  async withView<T>(use: (view: View) => Promise<T>): Promise<T> {
    const view = this.#view();
    try {
      return await use(view);
    } finally {
      view.release();
    }
  }

  /** One query of a batch; the error says which one. */
  #validateOne(request: QueryRequest, index: number, limitMax: number): ValidQuery {
    try {
      return this.#validate(request, limitMax);
    } catch (error) {
      throw ofQuery(index, error);
    }
  }

  #validate(request: QueryRequest, limitMax: number): ValidQuery {
    const query = this.#check(request, limitMax);
    if (query.recallTarget !== undefined) this.#calibrator.want();
    return query;
  }

  #check(request: QueryRequest, limitMax: number): ValidQuery {
    return checkQuery(this.#directory, this.#namespace, request, limitMax);
  }

  #context(limitMax: number): QueryContext {
    return contextOf(this.#directory, this.#namespace, limitMax);
  }

  #view(): View {
    assertReads(this.#directory, this.#namespace);
    const { state } = this.#namespace;
    const moment = { sequence: state.sequence, nowMs: this.#directory.nowMs() };
    return new View(state.segments, moment, state.context.metric);
  }
}
