import { expect } from "vitest";
import { VecstoreError } from "../errors.js";
import type { DirectoryOptions, EngineEvent } from "../model/options.js";
import type { RecordInput } from "../model/record.js";
import type { Env } from "../storage/env.js";
import { StorageError } from "../storage/errors.js";
import { MemoryEnv } from "../storage/memory-env.js";
import { createRandom } from "../storage/random.js";
import { VecStore } from "../vecstore.js";
import type { DataDirectory } from "./data-directory.js";
import { openDirectory } from "./open-directory.js";

/** Small enough that a few hundred records see checkpoints, parts, graphs, several segments and merges. */
export const SMALL: DirectoryOptions = {
  threads: 0,
  checkpointLogBytes: 4_000,
  graphRecordsMin: 48,
  segmentRecordsMax: 150,
};
export const DIMENSION = 4;
const ROOT = "data";

/** A disk in memory whose clock and random bytes are the same in each run. */
export function createMemory(seed = 1): MemoryEnv {
  const random = createRandom(seed);
  let now = 1_700_000_000_000;
  return new MemoryEnv({
    now: () => now++,
    // Nothing happens but what a test calls.
    startTimer: () => () => undefined,
    randomBytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(random() * 256)),
  });
}

/** What a test holds of an open store. */
export interface Opened {
  readonly directory: DataDirectory;
  readonly store: VecStore;
  readonly events: EngineEvent[];
}

/** Opens a store of four dimensions with small checkpoints, and reads all its namespaces into memory, where they stay. */
export async function openSmall(env: Env, options: DirectoryOptions = {}): Promise<Opened> {
  const events: EngineEvent[] = [];
  const settings = { ...SMALL, env, onEvent: (event: EngineEvent) => events.push(event), ...options };
  const directory = await openDirectory(ROOT, settings, { dimension: DIMENSION, m: 4, efConstruction: 16 });
  try {
    for (const entry of [...directory.catalog.entries()]) {
      if (entry.status !== "pending_deletion") await directory.residents.lease(entry);
    }
    return { directory, store: storeOf(directory, "default"), events };
  } catch (error) {
    await directory.close().catch(() => undefined);
    throw error;
  }
}

/** A namespace of an open directory through its public class. */
export function storeOf(directory: DataDirectory, name: string): VecStore {
  return new VecStore(directory, directory.entryByName(name));
}

/** A record with a vector, whose content follows from its id and `salt`. */
export function makeRecord(id: string, salt: number): RecordInput {
  const vector = [salt + 1, id.length, numberOf(id) % 97, -salt / 7];
  const metadata = { salt, group: `g${salt % 3}` };
  return salt % 2 === 0 ? { id, vector, metadata, text: `text ${salt} of ${id}` } : { id, vector, metadata };
}

export function makeRecords(from: number, count: number, salt: number): RecordInput[] {
  return Array.from({ length: count }, (_, i) => makeRecord(`r${from + i}`, salt));
}

/** As `makeRecord`; but some have a sparse vector too, and what is written of an id may have a dense one or not. */
export function makeMixedRecord(id: string, salt: number): RecordInput {
  const record = makeRecord(id, salt);
  const sparse = { indices: [numberOf(id), 100_000 + salt, 2 ** 32 - 1], values: [salt + 1, -0.5, 0.1] };
  if ((numberOf(id) + salt) % 5 === 0) return { id, sparse, metadata: record.metadata, text: record.text };
  return numberOf(id) % 4 === 0 ? { ...record, sparse } : record;
}

export function makeMixedRecords(from: number, count: number, salt: number): RecordInput[] {
  return Array.from({ length: count }, (_, i) => makeMixedRecord(`r${from + i}`, salt));
}

function numberOf(id: string): number {
  return Number.parseInt(id.replace(/\D/g, "") || "0", 10);
}

/** A record as a test expects it. */
export interface Expected {
  readonly content: string;
  readonly soft: boolean;
  /** Undefined when its writer was never told. */
  readonly version: number | undefined;
  /** Milliseconds since 1970; absent for never. */
  readonly expiresAtMs?: number;
}

export type Records = ReadonlyMap<string, Expected>;

/** What `contentOf` looks at. */
interface Content {
  readonly vector?: ArrayLike<number>;
  readonly sparse?: { readonly indices: ArrayLike<number>; readonly values: ArrayLike<number> };
  readonly metadata?: unknown;
  readonly text?: string | undefined;
}

/** Vectors, metadata and text as one string, equal only when all bits are. */
export function contentOf({ vector = [], sparse, metadata, text }: Content): string {
  const components = sparse && [Array.from(sparse.indices), Array.from(sparse.values, Math.fround)];
  return JSON.stringify([Array.from(vector, Math.fround), components ?? null, metadata ?? null, text ?? null]);
}

/** All records of a namespace, hidden and expired ones too, until they are removed. Checks on the way that no id has two of them. */
export function dump(directory: DataDirectory, name = "default"): Map<string, Expected> {
  const { state } = directory.namespaceByName(name);
  const found = new Map<string, Expected>();
  for (const segment of state.segments) {
    for (let slot = 0; slot < segment.count; slot++) {
      if (segment.deathOf(slot) !== 0 && !segment.isSoft(slot)) continue;
      const id = segment.idOf(slot);
      expect(found.has(id), `record ${id} is there twice`).toBe(false);
      const content = contentOf({
        vector: segment.vectorOf(slot),
        sparse: segment.sparseOf(slot),
        metadata: segment.metadataOf(slot),
        text: segment.textOf(slot),
      });
      const expiresAtMs = segment.expiry.of(slot) || undefined;
      found.set(id, { content, soft: segment.isSoft(slot), version: segment.versionOf(slot), expiresAtMs });
      const located = state.locate(id);
      expect(located?.segment === segment && located.slot === slot, `record ${id} is found by its id`).toBe(true);
    }
  }
  return found;
}

/** Why two sets of records differ, or undefined when they do not. */
export function difference(expected: Records, found: Records): string | undefined {
  for (const [id, want] of expected) {
    const got = found.get(id);
    if (got === undefined) return `${id} is missing`;
    if (got.content !== want.content) return `${id} is ${got.content}, not ${want.content}`;
    if (got.expiresAtMs !== want.expiresAtMs) return `${id} expires at ${got.expiresAtMs}, not ${want.expiresAtMs}`;
    if (got.soft !== want.soft) return `${id} is ${got.soft ? "" : "not "}hidden`;
    if (want.version !== undefined && got.version !== want.version) {
      return `${id} has version ${got.version}, not ${want.version}`;
    }
  }
  for (const id of found.keys()) if (!expected.has(id)) return `${id} is there and should not be`;
  return undefined;
}

/** Errors that an operation may end with when the disk fails; anything else is a defect. */
export function assertHonest(error: unknown): asserts error is VecstoreError {
  const allowed = ["DISK_FULL", "STORE_STOPPED", "STORE_CLOSED", "SNAPSHOT_NOT_FOUND", "SNAPSHOT_EXISTS"];
  if (error instanceof StorageError) return;
  if (error instanceof VecstoreError && allowed.includes(error.reason)) return;
  throw error;
}

/** A power cut damages nothing: no opening after one may have to pass a checkpoint over. */
export function expectNoDamage({ events }: Opened): void {
  expect(events.filter(({ kind }) => kind === "checkpoint_damaged" || kind === "derived_rebuilt")).toEqual([]);
}

/** The files of a namespace's directory, or of the root. */
export async function filesOf(env: Env, directory = `${ROOT}/ns/1`): Promise<string[]> {
  const names = await env.listDirectory(directory);
  return names.filter((name) => name !== "snapshots" && name !== "LOCK");
}

/** Runs `use` with an open store and closes it, also when `use` throws. */
export async function withStore<T>(
  env: Env,
  use: (opened: Opened) => Promise<T>,
  options: DirectoryOptions = {},
): Promise<T> {
  const opened = await openSmall(env, options);
  try {
    return await use(opened);
  } finally {
    await opened.directory.close();
  }
}

/** The disk as a power cut right now would leave it if everything unsynced had been written: a copy. */
export async function copyOf(env: MemoryEnv): Promise<MemoryEnv> {
  const copy = createMemory(77);
  for (const path of env.paths()) copy.writeFile(path, env.readFile(path));
  for (const directory of env.directories()) await copy.makeDirectory(directory);
  return copy;
}
