import { expect } from "vitest";
import type { DirectoryOptions } from "../model/options.js";
import type { RecordInput } from "../model/record.js";
import type { NamespaceUsage } from "../model/usage.js";
import { NamespacedVecStore } from "../namespaced-vecstore.js";
import type { Env } from "../storage/env.js";
import type { VecStore } from "../vecstore.js";
import { contentOf, makeMixedRecord, SMALL } from "./life-fixture.cases.js";

/** Nothing stays in memory but what is used, and what was used last. */
export const TINY: DirectoryOptions = { ...SMALL, memoryForNamespaces: 0 };

export function openTiny(env: Env, options: DirectoryOptions = {}): Promise<NamespacedVecStore> {
  return NamespacedVecStore.open("data", { ...TINY, env, ...options });
}

/** What a namespace holds: content by id. */
export interface Model {
  readonly visible: Map<string, string>;
  readonly hidden: Map<string, string>;
}

export const emptyModel = (): Model => ({ visible: new Map(), hidden: new Map() });

const copyOf = ({ visible, hidden: out }: Model): Model => ({ visible: new Map(visible), hidden: new Map(out) });

/** The model after these records were written. */
export function written(model: Model, records: readonly RecordInput[]): Model {
  const after = copyOf(model);
  for (const record of records) {
    after.hidden.delete(record.id);
    after.visible.set(record.id, contentOf(record as never));
  }
  return after;
}

/** The model after these were deleted. */
export function without(model: Model, ids: readonly string[]): Model {
  const after = copyOf(model);
  for (const id of ids) for (const map of [after.visible, after.hidden]) map.delete(id);
  return after;
}

/** The model after these were soft-deleted. */
export function hidden(model: Model, ids: readonly string[]): Model {
  const after = copyOf(model);
  move(after.visible, after.hidden, ids);
  return after;
}

/** The model after those of these that were soft-deleted came back. */
export function restored(model: Model, ids: readonly string[]): Model {
  const after = copyOf(model);
  move(after.hidden, after.visible, ids);
  return after;
}

/** The model after the text of this one became `x`, if it is there. */
export function updated(model: Model, id: string): Model {
  const after = copyOf(model);
  const content = after.visible.get(id);
  if (content === undefined) return after;
  const [vector, sparse, metadata] = JSON.parse(content);
  after.visible.set(id, JSON.stringify([vector, sparse, metadata, "x"]));
  return after;
}

function move(from: Map<string, string>, to: Map<string, string>, ids: readonly string[]): void {
  for (const id of ids) {
    const content = from.get(id);
    if (content === undefined) continue;
    from.delete(id);
    to.set(id, content);
  }
}

/** A record, and what is compared of it. */
export function recordOf(id: string, salt: number): RecordInput {
  return makeMixedRecord(id, salt);
}

/** Fails unless a namespace holds what the model says, and its numbers say so before and after it was read. */
export async function expectModel(all: NamespacedVecStore, name: string, model: Model): Promise<void> {
  const { visible, hidden } = model;
  const counted = { vectorCount: visible.size, softDeletedCount: hidden.size };
  const before = await all.namespaceStats(name);
  expect(before, name).toMatchObject(counted);
  const used = await all.namespaceUsage(name);
  expect(used.vectorCount, name).toBe(visible.size + hidden.size);
  const store = await all.namespace(name);
  expect(await contentsOf(store), name).toEqual(visible);
  expect(await store.count(), name).toBe(visible.size);
  const after = await all.namespaceStats(name);
  expect(lasting(await all.namespaceUsage(name)), name).toEqual(lasting(used));
  expect(after).toMatchObject({ ...counted, deadCount: before.deadCount, sequence: before.sequence });
}

/** What reading changes nothing of, where no record expires. */
function lasting({ vectorMilliseconds, vectorCount, atMs, writesTotal }: NamespaceUsage) {
  return { writesTotal, vectorMs: vectorMilliseconds - BigInt(vectorCount) * BigInt(atMs) };
}

/** Content of all visible records by id. */
export async function contentsOf(store: VecStore): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const parts = { includeVector: true, includeMetadata: true, includeText: true };
  for await (const { records } of store.export(parts)) {
    for (const record of records) found.set(record.id, contentOf(record as never));
  }
  return found;
}
