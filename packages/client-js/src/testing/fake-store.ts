import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { ErrorInfoSchema } from "./gen/google/rpc/error_details_pb.js";
import { ErrorReason } from "./gen/vecstore/v1/error_pb.js";
import { type QueryRequest, type QueryResultSchema, QueryStrategy } from "./gen/vecstore/v1/query_pb.js";
import { RecordSchema, type Record as WireRecord } from "./gen/vecstore/v1/record_pb.js";
import type { DownloadSnapshotRequest } from "./gen/vecstore/v1/snapshot_pb.js";
import { IndexState } from "./gen/vecstore/v1/stats_pb.js";
import type { ExportRequest, ImportRequest } from "./gen/vecstore/v1/transfer_pb.js";
import type { VecStoreService } from "./gen/vecstore/v1/vecstore_service_pb.js";

/** Makes an error as the server makes it. */
export function refusal(reason: string, code: Code, message: string, retryAfter?: string): ConnectError {
  const headers = retryAfter === undefined ? undefined : { "Retry-After": retryAfter };
  const value = { reason, domain: "vecstore", metadata: { fact: "1" } };
  return new ConnectError(message, code, headers, [{ desc: ErrorInfoSchema, value }]);
}

/** Just enough of a store to answer: no filters, no validation but what the tests ask for. */
export class FakeStore {
  /** Records by namespace and id. */
  readonly records = new Map<string, Map<string, WireRecord>>();
  readonly #snapshots = new Map<string, bigint>();
  #sequence = 0n;

  readonly service: ServiceImpl<typeof VecStoreService> = {
    upsert: ({ namespace, records }) => {
      const all = this.#in(namespace);
      const before = all.size;
      const version = ++this.#sequence;
      for (const record of records) {
        if (record.vectorF32.length % 4 !== 0) throw refusal("INVALID_VECTOR", Code.InvalidArgument, "half a float");
        const bytes = record.vectorF32.slice();
        const vector = Array.from(new Float32Array(bytes.buffer));
        all.set(record.id, create(RecordSchema, { ...record, vector, vectorF32: new Uint8Array(), version }));
      }
      const versions = records.map(() => version);
      return { upserted: records.length, inserted: all.size - before, sequence: version, versions };
    },
    update: ({ namespace, updates }) => {
      const version = ++this.#sequence;
      for (const { id, mergeMetadata, text, clearText, expiresAt } of updates) {
        const record = this.#in(namespace).get(id);
        if (!record) throw refusal("RECORD_NOT_FOUND", Code.NotFound, `there is no record ${id}`);
        record.metadata = { ...record.metadata, ...mergeMetadata };
        record.text = clearText ? undefined : (text ?? record.text);
        record.expiresAt = expiresAt ?? record.expiresAt;
        record.version = version;
      }
      return { updated: updates.length, sequence: version, versions: updates.map(() => version) };
    },
    get: ({ namespace, ids, includeVector }) => {
      const all = this.#in(namespace);
      const found = ids.flatMap((id) => all.get(id) ?? []);
      const records = includeVector ? found : found.map((record) => ({ ...record, vector: [] }));
      return { records, missing: ids.filter((id) => !all.has(id)) };
    },
    list: ({ namespace, prefix, pageSize, pageToken }) => {
      const ids = [...this.#in(namespace).keys()].filter((id) => id.startsWith(prefix) && id > pageToken).sort();
      const page = ids.slice(0, pageSize ?? 100);
      const nextPageToken = page.length < ids.length ? page.at(-1) : "";
      return { records: page.map((id) => this.#in(namespace).get(id) as WireRecord), nextPageToken };
    },
    count: ({ namespace }) => ({ count: BigInt(this.#in(namespace).size) }),
    query: (query) => ({ results: this.#closest(query), stats: this.#stats() }),
    queryStream: ({ namespace, query }, { signal }) => this.#stream({ ...(query as QueryRequest), namespace }, signal),
    batchQuery: ({ namespace, queries }) => ({
      responses: queries.map((query) => ({ results: this.#closest({ ...query, namespace }), stats: this.#stats() })),
    }),
    delete: ({ namespace, ids }) => ({
      deleted: BigInt(ids.filter((id) => this.#in(namespace).delete(id)).length),
      sequence: ++this.#sequence,
    }),
    softDelete: ({ ids }) => ({ softDeleted: BigInt(ids.length), sequence: ++this.#sequence }),
    restore: ({ ids }) => ({ restored: BigInt(ids.length), sequence: ++this.#sequence }),
    compact: ({ dryRun }) => ({ removed: dryRun ? 3n : 2n, freedBytes: 4096n, segmentsBefore: 2, segmentsAfter: 1 }),
    getStats: ({ namespace }) => ({
      namespace,
      vectorCount: BigInt(this.#in(namespace).size),
      dimension: 3,
      sequence: this.#sequence,
      indexState: IndexState.FLAT,
      segments: [
        {
          number: 1,
          slots: 5n,
          live: 4n,
          indexed: 0n,
          hasGraph: false,
          memoryBytes: 64n,
          memory: { graph: 1n, vectors: 2n, ids: 3n, metadata: 4n, text: 5n, sparse: 6n, other: 43n },
          diskBytes: 100n,
          vectorsOnDiskBytes: 60n,
        },
      ],
      memoryBytesPerRecord: 12.5,
      diskBytesPerRecord: 20.25,
      lastCheckpointAt: { seconds: 1_700_000_000n, nanos: 500_000_000 },
      cache: { hits: 1n, misses: 2n, evictions: 3n, sizeBytes: 4n },
    }),
    createSnapshot: ({ namespace, name }) => {
      if (this.#snapshots.has(name)) throw refusal("SNAPSHOT_EXISTS", Code.AlreadyExists, `${name} exists`);
      this.#snapshots.set(name, this.#sequence);
      return { snapshot: this.#snapshot(namespace, name) };
    },
    listSnapshots: ({ namespace, pageToken }) => {
      // Pages of one, so that clients must follow the token.
      const name = [...this.#snapshots.keys()].sort().find((each) => each > pageToken);
      if (name === undefined) return {};
      return { snapshots: [this.#snapshot(namespace, name)], nextPageToken: name };
    },
    restoreSnapshot: ({ namespace, targetNamespace }) => ({
      namespace: targetNamespace || namespace,
      sequence: ++this.#sequence,
      incarnation: 2n,
      vectorCount: 1n,
    }),
    deleteSnapshot: ({ name }) => {
      if (!this.#snapshots.delete(name)) throw refusal("SNAPSHOT_NOT_FOUND", Code.NotFound, `there is no ${name}`);
      return {};
    },
    downloadSnapshot: (request) => this.#download(request),
    import: (requests) => this.#import(requests),
    export: (request, { signal }) => this.#export(request, signal),
    measureRecall: ({ sampleSize, limit }) => ({
      recall: 0.875,
      sampleSize: sampleSize ?? 100,
      limit: limit ?? 10,
      indexed: { meanMs: 1, p50Ms: 0.5, p95Ms: 2, p99Ms: 3 },
      exact: { meanMs: 10, p50Ms: 5, p95Ms: 20, p99Ms: 30 },
    }),
  };

  /** What imports fail with once they have begun. */
  failBatches: ConnectError | undefined;
  /** Whether streams stop after their first chunk until the caller leaves. */
  holdStreams = false;
  /** Told how a stream ended. */
  onStreamEnd: (end: "complete" | "left") => void = () => {};

  async *#stream(query: QueryRequest, signal: AbortSignal) {
    let end: "complete" | "left" = "left";
    try {
      const results = this.#closest(query);
      for (let start = 0; start < results.length; start += 2) {
        yield { results: results.slice(start, start + 2) };
        if (this.holdStreams)
          await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      }
      yield { results: [], stats: this.#stats() };
      end = "complete";
    } finally {
      this.onStreamEnd(end);
    }
  }

  /** An archive of six bytes, in chunks of two. */
  async *#download({ namespace, name, offset }: DownloadSnapshotRequest) {
    if (!this.#snapshots.has(name)) throw refusal("SNAPSHOT_NOT_FOUND", Code.NotFound, `there is no ${name}`);
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6).subarray(Number(offset));
    for (let at = 0; at < bytes.length; at += 2) {
      const head = at === 0 && { snapshot: this.#snapshot(namespace, name), totalBytes: 6n };
      yield { ...head, data: bytes.subarray(at, at + 2), crc32: at + 1 };
    }
  }

  /** Records without an id are bad. */
  async *#import(requests: AsyncIterable<ImportRequest>) {
    let rows = 0n;
    let failed = 0n;
    let all: Map<string, WireRecord> | undefined;
    for await (const { namespace, records, resumeToken } of requests) {
      all ??= this.#in(namespace);
      if (resumeToken !== "") rows = BigInt(resumeToken);
      if (records.length > 0 && this.failBatches !== undefined) throw this.failBatches;
      const failures = [];
      for (const record of records) {
        rows++;
        if (record.id === "") failures.push({ row: rows, reason: ErrorReason.INVALID_ID, message: "no id" });
        else all.set(record.id, record);
      }
      failed += BigInt(failures.length);
      const sequence = ++this.#sequence;
      yield { rows, imported: rows - failed, failed, failures, resumeToken: String(rows), sequence };
    }
  }

  /** In chunks of two, so that a loop can break off in the middle. */
  async *#export({ namespace, prefix, resumeToken }: ExportRequest, signal: AbortSignal) {
    const all = [...this.#in(namespace).values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    const left = all.filter(({ id }) => id.startsWith(prefix) && id > resumeToken);
    for (let start = 0; start < left.length; start += 2) {
      const records = left.slice(start, start + 2);
      yield { records, resumeToken: records.at(-1)!.id, sequence: this.#sequence };
      if (this.holdStreams)
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    }
  }

  #in(namespace: string): Map<string, WireRecord> {
    const found = this.records.get(namespace) ?? new Map<string, WireRecord>();
    this.records.set(namespace, found);
    return found;
  }

  #closest(query: QueryRequest): MessageInitShape<typeof QueryResultSchema>[] {
    const wanted = new Float32Array(query.vectorF32.slice().buffer);
    const scored = [...this.#in(query.namespace).values()].map((record) => ({
      id: record.id,
      score: record.vector.reduce((sum, value, axis) => sum + value * (wanted[axis] ?? 0), 0),
      version: record.version,
      metadata: record.metadata,
      vector: query.includeVector ? record.vector : [],
    }));
    scored.sort((a, b) => b.score - a.score);
    return scored.slice(0, query.limit ?? 10).map((result) => ({ ...result, distance: -result.score }));
  }

  #stats() {
    return { strategy: QueryStrategy.FLAT_SCAN, candidates: 2n, filteredCount: 1n, durationMs: 0.5, exhausted: true };
  }

  #snapshot(namespace: string, name: string) {
    const createdAt = { seconds: 1_700_000_000n, nanos: 0 };
    return { namespace, name, createdAt, sequence: this.#snapshots.get(name) ?? 0n, vectorCount: 1n, bytes: 2n };
  }
}
