/** The worker of the embedded store's tests: it answers calls by name, one store at a time. */
import { type OpenOptions, OpfsEnv, VecStore, VecstoreError } from "@vecstore/engine";

/** What a page sends. */
export interface Call {
  readonly number: number;
  readonly method: keyof typeof METHODS;
  readonly args: readonly unknown[];
}

/** What it gets back; `written` comes unasked, for each batch that was answered. */
export type Reply =
  | { readonly number: number; readonly value: unknown }
  | { readonly number: number; readonly error: Record<string, unknown> }
  | { readonly written: number };

/** The methods a page may call, by name. */
export type StoreMethods = typeof METHODS;

const DIMENSION = 24;
const BATCH_RECORDS = 500;

let store: VecStore | undefined;

function opened(): VecStore {
  if (store === undefined) throw new Error("no store is open");
  return store;
}

/** f32[DIMENSION] of record `n`, the same in every run; mulberry32. */
function vectorOf(n: number): Float32Array {
  let state = Math.imul(n + 1, 0x9e3779b9);
  return Float32Array.from({ length: DIMENSION }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  });
}

function batch(number: number, records: number) {
  return Array.from({ length: records }, (_, i) => {
    const n = number * records + i;
    return { id: `r${n}`, vector: vectorOf(n), metadata: { batch: number, even: n % 2 === 0 } };
  });
}

const METHODS = {
  open: async (options: OpenOptions & { waitMs?: number } = {}) => {
    const { waitMs, ...rest } = options;
    store = await VecStore.open("vectors", { env: new OpfsEnv({ waitMs }), ...rest });
  },
  close: () => opened().close(),
  fill: async (records: number) => {
    for (let i = 0; i < records / BATCH_RECORDS; i++) await opened().upsert(batch(i, BATCH_RECORDS));
    await opened().settled();
  },
  /** Writes batches one after the other until the page is gone, and tells of each that was answered. */
  writeForever: async (from: number, records: number) => {
    for (let number = from; ; number++) {
      await opened().upsert(batch(number, records));
      postMessage({ written: number } satisfies Reply);
    }
  },
  /** Ids and scores of the records closest to vectors that no record has. */
  search: async (queries: number, exact: boolean) => {
    const answers = [];
    for (let i = 0; i < queries; i++) {
      const { results, stats } = await opened().query({ vector: vectorOf(1_000_000 + i), limit: 10, exact });
      answers.push({ hits: results.map(({ id, score }) => ({ id, score })), strategy: stats.strategy });
    }
    return answers;
  },
  /** Of each batch, how many of its records are there. */
  countByBatch: async () => {
    const counts: number[] = [];
    for (let pageToken: string | undefined, isFirst = true; isFirst || pageToken !== undefined; isFirst = false) {
      const page = await opened().list({ pageSize: 1_000, pageToken });
      for (const { metadata } of page.records)
        counts[Number(metadata?.batch)] = (counts[Number(metadata?.batch)] ?? 0) + 1;
      pageToken = page.nextPageToken;
    }
    return Array.from(counts, (count) => count ?? 0);
  },
  isWhole: async (number: number, records: number) => {
    const wanted = batch(number, records);
    const ids = wanted.map(({ id }) => id);
    const { records: found } = await opened().get(ids, { includeVector: true });
    return found.length === records && found.every(({ vector }, i) => String(vector) === String(wanted[i]!.vector));
  },
  upsertBatch: async (number: number, records: number) => (await opened().upsert(batch(number, records))).upserted,
  count: () => opened().count(),
  deleteEven: async () => (await opened().delete({ filter: "even = true" })).affected,
  /** Dead slots that are left after it. */
  compact: async () => {
    await opened().compact();
    return (await opened().stats()).deadCount;
  },
  createSnapshot: async (name: string) => (await opened().createSnapshot(name)).vectorCount,
  restoreSnapshot: async (name: string) => (await opened().restoreSnapshot(name)).vectorCount,
  indexed: async () => (await opened().stats()).segments.reduce((sum, { indexed }) => sum + indexed, 0),
};

function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof VecstoreError)) return { message: String(error) };
  const { code, reason, details, message } = error;
  return { code, reason, details, message };
}

addEventListener("message", async ({ data }: MessageEvent<Call>) => {
  const { number, method, args } = data;
  try {
    const value = await (METHODS[method] as (...args: readonly unknown[]) => unknown)(...args);
    postMessage({ number, value } satisfies Reply);
  } catch (error) {
    postMessage({ number, error: describe(error) } satisfies Reply);
  }
});
