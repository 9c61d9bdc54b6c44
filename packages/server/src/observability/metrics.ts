import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { type CacheNumbers, NO_ANSWERS } from "../cache/answer-cache.js";
import type { QueryFacts } from "../call.js";
import { registerCacheMetrics } from "./cache-metrics.js";
import { Distribution, Tally } from "./hot-metrics.js";
import { addMemoryLimit } from "./memory-limit.js";
import { createNamespaceLabels, OTHER_NAMESPACES } from "./namespace-labels.js";
import { RecallWindows } from "./recall-window.js";
import { createUsageMetrics, type UsageNumbers } from "./usage-metrics.js";

/** Numbers of one namespace, read when they are asked for. */
export interface NamespaceNumbers extends UsageNumbers {
  readonly vectorCount: number;
  readonly deadCount: number;
  readonly softDeletedCount: number;
  readonly diskBytes: number;
  readonly memoryBytes: number;
  readonly segmentsCount: number;
  readonly indexBacklog: number;
}

/** Reads the numbers of the namespaces named; a namespace that is gone is left out. */
export type NumbersSource = (namespaces: readonly string[]) => Promise<ReadonlyMap<string, NamespaceNumbers>>;

/** One finished request. */
export interface RequestFacts {
  readonly door: string;
  readonly method: string;
  readonly code: string;
  readonly durationMs: number;
}

/** What metrics need. */
export interface MetricsOptions {
  /** Namespaces with a label of their own. */
  readonly namespacesMax: number;
  readonly numbersOf: NumbersSource;
  /** What the cache of answers did; absent where there is none. */
  readonly cacheTotals?: (() => CacheNumbers) | undefined;
}

const QUERY_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
const FSYNC_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1];
const RESULTS = [0, 1, 5, 10, 25, 50, 100, 250, 1000];
/** 16..65,536. */
const POWERS_OF_2 = Array.from({ length: 13 }, (_, at) => 2 ** (at + 4));
const SECOND_MS = 1000;

/** Every metric of the server, in a registry of its own so that two servers in one process do not mix. */
export function createMetrics(options: MetricsOptions) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  addMemoryLimit(registry);
  const counters = createCounters(registry);
  const histograms = createHistograms(registry);
  const gauges = createGauges(registry);
  registerCacheMetrics(registry, options.cacheTotals ?? (() => NO_ANSWERS));
  const labels = createNamespaceLabels(options.namespacesMax);
  const recalls = new RecallWindows();
  const usage = createUsageMetrics(registry, labels);
  return {
    /** Counts one finished request of any door. */
    request({ door, method, code, durationMs }: RequestFacts): void {
      counters.requests.add(1, door, method, code);
      histograms.request.observe(durationMs / SECOND_MS, door, method);
    },
    /** Counts one answered query. */
    query(namespace: string, facts: QueryFacts): void {
      counters.queries.add(1, labels.of(namespace));
      histograms.query.observe(facts.durationMs / SECOND_MS);
      histograms.results.observe(facts.resultsCount);
      // Nothing was searched; the numbers are those of the run that filled the cache.
      if (facts.cacheHit) return;
      histograms.nodes.observe(facts.nodesVisited);
      histograms.distances.observe(facts.distanceComputations);
    },
    /** Counts one query that ended in an error. */
    queryError: (code: string) => counters.queryErrors.inc({ code }),
    /** Counts one applied write. */
    write: (namespace: string, operation: string) =>
      counters.writes.inc({ operation, namespace: labels.of(namespace) }),
    /** Counts one request refused by the door: no key, no room, draining. */
    refusal: (reason: string) => counters.refusals.inc({ reason }),
    /** Adds one query that was compared with its exact answer. */
    recall: (namespace: string, recall: number) => recalls.add(labels.of(namespace), recall),
    /** What each namespace uses. */
    usage,
    /** Observes one sync of the log. */
    fsync: (durationMs: number) => histograms.fsync.observe(durationMs / SECOND_MS),
    /** A connection came or went. */
    connections: (delta: 1 | -1) => gauges.connections.inc(delta),
    /** The TLS files were read anew, with this end of the certificate in use. */
    certificateLoaded(validToMs: number): void {
      gauges.certificateEnd.set(validToMs / SECOND_MS);
      counters.certificates.inc({ outcome: "loaded" });
    },
    /** The TLS files cannot be used. */
    certificateRefused: () => counters.certificates.inc({ outcome: "refused" }),
    /** The page that Prometheus reads. */
    async render(): Promise<{ readonly contentType: string; readonly text: string }> {
      const numbers = await options.numbersOf(labels.known());
      setGauges(gauges, numbers);
      usage.set(numbers);
      recalls.keep((label) => label === OTHER_NAMESPACES || numbers.has(label));
      gauges.recall.reset();
      for (const [namespace, mean] of recalls.means()) gauges.recall.set({ namespace }, mean);
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    /** Name, type, labels and help of each metric of ours, for the documentation. */
    describe: () => describeMetrics(registry),
  };
}

/** The metrics of one server. */
export type Metrics = ReturnType<typeof createMetrics>;

function createCounters(registry: Registry) {
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name, help, labelNames, registers: [registry] });
  const tally = (name: string, help: string, labelNames: string[]) => new Tally({ name, help, labelNames, registry });
  return {
    queries: tally("vecstore_queries_total", "Queries answered.", ["namespace"]),
    queryErrors: counter("vecstore_query_errors_total", "Queries that ended in an error, by code.", ["code"]),
    requests: tally("vecstore_requests_total", "Requests, by door, method and code.", ["door", "method", "code"]),
    writes: counter("vecstore_writes_total", "Writes applied, by operation.", ["operation", "namespace"]),
    certificates: counter("vecstore_tls_loads_total", "Times that the TLS files were read, by outcome.", ["outcome"]),
    refusals: counter(
      "vecstore_refusals_total",
      "Requests turned away, by reason: no key or role, no room, a quota, a status, draining.",
      ["reason"],
    ),
  };
}

function createHistograms(registry: Registry) {
  const histogram = (name: string, help: string, buckets: number[], labelNames: string[] = []) =>
    new Distribution({ name, help, labelNames, registry }, buckets);
  return {
    query: histogram("vecstore_query_duration_seconds", "Time of a query in the engine.", QUERY_SECONDS),
    request: histogram("vecstore_request_duration_seconds", "Time of a request.", QUERY_SECONDS, ["door", "method"]),
    results: histogram("vecstore_query_results_count", "Results of a query.", RESULTS),
    nodes: histogram("vecstore_hnsw_nodes_visited", "Graph nodes that a query met.", POWERS_OF_2),
    distances: histogram("vecstore_hnsw_distance_calculations", "Distances that a query computed.", POWERS_OF_2),
    fsync: histogram("vecstore_log_fsync_duration_seconds", "Time of a sync of the log.", FSYNC_SECONDS),
  };
}

function createGauges(registry: Registry) {
  const gauge = (name: string, help: string, labelNames: string[] = ["namespace"]) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const certificateEnd = gauge(
    "vecstore_tls_certificate_end_seconds",
    "When the certificate in use ends, seconds since 1970; absent without TLS.",
    [],
  );
  // Without TLS there is no end, and 0 would be one that is long past.
  certificateEnd.remove();
  return {
    certificateEnd,
    vectors: gauge("vecstore_vectors_total", "Visible records."),
    deleted: gauge("vecstore_deleted_vectors_total", "Records hidden or dead whose space is not reclaimed."),
    storage: gauge("vecstore_storage_bytes", "Bytes of files, snapshots apart."),
    segments: gauge("vecstore_segments", "Segments."),
    backlog: gauge("vecstore_index_backlog_records", "Records that no graph holds yet."),
    recall: gauge("vecstore_recall_ratio", "Mean recall of the last 100 sampled queries, 0..1."),
    memory: gauge("vecstore_memory_usage_bytes", "Resident bytes of the process.", []),
    connections: gauge("vecstore_active_connections", "Connections open now.", []),
  };
}

function setGauges(gauges: ReturnType<typeof createGauges>, numbers: ReadonlyMap<string, NamespaceNumbers>): void {
  // A namespace that is gone must not keep its last values.
  for (const name of ["vectors", "deleted", "storage", "segments", "backlog"] as const) gauges[name].reset();
  for (const [namespace, of] of numbers) {
    gauges.vectors.set({ namespace }, of.vectorCount);
    gauges.deleted.set({ namespace }, of.deadCount + of.softDeletedCount);
    gauges.storage.set({ namespace }, of.diskBytes);
    gauges.segments.set({ namespace }, of.segmentsCount);
    gauges.backlog.set({ namespace }, of.indexBacklog);
  }
  gauges.memory.set(process.memoryUsage.rss());
}

/** One metric as the documentation lists it. */
export interface MetricDescription {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

function describeMetrics(registry: Registry): readonly MetricDescription[] {
  return registry
    .getMetricsAsArray()
    .filter((metric) => metric.name.startsWith("vecstore_"))
    .map((metric) => {
      const { name, help, labelNames } = metric as unknown as { name: string; help: string; labelNames: string[] };
      const type = metric instanceof Counter ? "counter" : metric instanceof Gauge ? "gauge" : "histogram";
      return { name, type, labels: labelNames, help };
    });
}
