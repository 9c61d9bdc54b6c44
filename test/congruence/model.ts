import type { Metadata, Metric, RecordInput, RecordUpdate, SparseVector, Target, WriteMode } from "@vecstore/engine";
import { matches, type NamedFilter } from "./filters.js";

/** A record as the model keeps it. */
export interface ModelRecord {
  readonly vector: Float32Array | undefined;
  readonly sparse: SparseVector | undefined;
  readonly metadata: Metadata | undefined;
  readonly text: string | undefined;
  readonly version: number;
  /** Milliseconds since 1970; undefined for never. */
  readonly expiresAtMs: number | undefined;
}

type SparseEntries = NonNullable<RecordInput["sparse"]>;

/** A target whose filter the model can read. */
export type ModelTarget = Omit<Target, "filter"> & { readonly filter?: NamedFilter };

/** What a write is refused for; undefined when it is applied. */
export type Refusal = "RECORD_EXISTS" | "RECORD_NOT_FOUND" | "VERSION_CONFLICT" | "EMPTY_RECORD" | undefined;

/** One namespace as plain maps: what the store must answer, by brute force. */
export class Model {
  readonly metric: Metric;
  visible = new Map<string, ModelRecord>();
  hidden = new Map<string, ModelRecord>();

  constructor(metric: Metric) {
    this.metric = metric;
  }

  copy(): Model {
    const copy = new Model(this.metric);
    copy.visible = new Map(this.visible);
    copy.hidden = new Map(this.hidden);
    return copy;
  }

  /** Why the batch is refused, as a whole. */
  refusalOf(records: readonly Pick<RecordInput, "id" | "ifVersion">[], mode: WriteMode): Refusal {
    for (const { id, ifVersion } of records) {
      const version = this.visible.get(id)?.version ?? 0;
      if (mode === "insert_only" && version !== 0) return "RECORD_EXISTS";
      if (mode === "update_only" && version === 0) return "RECORD_NOT_FOUND";
      if (ifVersion !== undefined && ifVersion !== version) return "VERSION_CONFLICT";
    }
    return undefined;
  }

  /** Returns how many ids were not visible before. */
  upsert(records: readonly RecordInput[], version: number): number {
    let inserted = 0;
    for (const { id, vector, sparse, metadata, text, expiresAtMs } of records) {
      if (!this.visible.has(id)) inserted++;
      this.hidden.delete(id);
      this.visible.set(id, {
        vector: vector && Float32Array.from(vector),
        sparse: stored(sparse),
        metadata,
        text,
        version,
        expiresAtMs,
      });
    }
    return inserted;
  }

  /** Why the updates are refused, as a whole: the first that cannot be says it. */
  refusalOfUpdates(updates: readonly RecordUpdate[]): Refusal {
    for (const { id, text } of updates) {
      const old = this.visible.get(id);
      if (old === undefined) return "RECORD_NOT_FOUND";
      const left = text === undefined ? old.text : (text ?? undefined);
      if (old.vector === undefined && old.sparse === undefined && left === undefined) return "EMPTY_RECORD";
    }
    return undefined;
  }

  update(updates: readonly RecordUpdate[], version: number): void {
    for (const { id, mergeMetadata, replaceMetadata, text, expiresAtMs } of updates) {
      const old = this.visible.get(id)!;
      const metadata = replaceMetadata ?? (mergeMetadata ? merge(old.metadata, mergeMetadata) : old.metadata);
      const newText = text === undefined ? old.text : (text ?? undefined);
      const time = expiresAtMs === undefined ? old.expiresAtMs : (expiresAtMs ?? undefined);
      this.visible.set(id, { ...old, metadata, text: newText, version, expiresAtMs: time });
    }
  }

  /** Lets go of what has expired, hidden records too; returns how many there were. */
  expire(nowMs: number): number {
    let count = 0;
    for (const records of [this.visible, this.hidden]) {
      for (const [id, { expiresAtMs }] of [...records]) {
        if (expiresAtMs !== undefined && expiresAtMs <= nowMs && records.delete(id)) count++;
      }
    }
    return count;
  }

  /** Deletes, hides or brings back; returns how many records changed. */
  target(kind: "delete" | "softDelete" | "restore", target: ModelTarget, version: number): number {
    const sources = { delete: [this.visible, this.hidden], softDelete: [this.visible], restore: [this.hidden] }[kind];
    let affected = 0;
    for (const source of sources) {
      for (const [id, record] of [...source]) {
        if (!isTarget(target, id, record)) continue;
        source.delete(id);
        if (kind === "softDelete") this.hidden.set(id, record);
        if (kind === "restore") this.visible.set(id, { ...record, version });
        affected++;
      }
    }
    return affected;
  }

  /** Smaller is closer, in f64. */
  distance(query: Float32Array, id: string): number {
    return distanceOf(this.metric, query, this.visible.get(id)!.vector!);
  }

  /** The ids that match and have a vector, closest first, ties by id. */
  nearest(query: Float32Array, filter?: NamedFilter): string[] {
    const measured = this.#matching(filter).flatMap(([id, { vector }]) =>
      vector === undefined ? [] : [{ id, distance: distanceOf(this.metric, query, vector) }],
    );
    return measured.sort((a, b) => a.distance - b.distance || compareBytes(a.id, b.id)).map(({ id }) => id);
  }

  /** [id, dot product] of each record that matches and shares a component, best first, ties by id. */
  bestSparse(query: SparseEntries, filter?: NamedFilter): [string, number][] {
    const values = new Map(Array.from(query.indices, (index, i) => [index, Math.fround(query.values[i]!)]));
    const found = this.#matching(filter).flatMap(([id, { sparse }]): [string, number][] => {
      const shared = Array.from(sparse?.indices ?? []).filter((index) => values.has(index));
      if (sparse === undefined || shared.length === 0) return [];
      let sum = 0;
      for (const index of shared) sum += values.get(index)! * sparse.values[sparse.indices.indexOf(index)]!;
      return [[id, sum]];
    });
    return found.sort((a, b) => b[1] - a[1] || compareBytes(a[0], b[0]));
  }

  /** The ids that match and whose text has a word. */
  withWord(word: string, filter?: NamedFilter): string[] {
    const found = this.#matching(filter).filter(([, { text }]) => text?.split(" ").includes(word));
    return found.map(([id]) => id);
  }

  #matching(filter: NamedFilter | undefined): [string, ModelRecord][] {
    return [...this.visible].filter(([, { metadata }]) => filter === undefined || matches(filter, metadata));
  }

  /** The visible ids in the order of their bytes. */
  sortedIds(): string[] {
    return [...this.visible.keys()].sort(compareBytes);
  }
}

/** As UTF-8. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function stored(sparse: RecordInput["sparse"]): SparseVector | undefined {
  return sparse && { indices: Uint32Array.from(sparse.indices), values: Float32Array.from(sparse.values) };
}

function isTarget(target: ModelTarget, id: string, { metadata }: ModelRecord): boolean {
  if (target.ids !== undefined) return target.ids.includes(id);
  return target.filter === undefined || matches(target.filter, metadata);
}

function merge(stored: Metadata | undefined, patch: Metadata): Metadata {
  const merged = { ...stored, ...patch };
  return Object.fromEntries(Object.entries(merged).filter(([key]) => patch[key] !== null));
}

function distanceOf(metric: Metric, a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let [aa, bb, difference] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
    difference += (a[i]! - b[i]!) ** 2;
  }
  if (metric === "dot") return -dot;
  return metric === "cosine" ? 1 - dot / Math.sqrt(aa * bb) : Math.sqrt(difference);
}
