import { VecstoreError } from "../errors.js";
import { NamespaceManifest, type SegmentManifest } from "../gen/vecstore/storage/v1/manifest.js";
import { readDeaths } from "../segment/deaths-file.js";
import { beginGraph, readGraph } from "../segment/graph-file.js";
import { readPart } from "../segment/part-file.js";
import type { Segment } from "../segment/segment.js";
import { bytesToVector } from "../state/bytes.js";
import { IdempotencyTable } from "../state/idempotency.js";
import { type NamespaceContext, NamespaceState } from "../state/namespace-state.js";
import { vectorTimeOf } from "../state/vector-time.js";
import { corrupted, isNotFound } from "../storage/errors.js";
import type { LimitedEnv } from "../storage/limited-env.js";
import { loadNewestManifest, readManifestBefore } from "./manifest-file.js";
import {
  deathCountsOf,
  type GraphFile,
  NamespaceFiles,
  NO_FILES,
  referencesOf,
  type SegmentFiles,
} from "./namespace-files.js";
import { OpenNamespace } from "./open-namespace.js";
import type { PartHold } from "./open-parts.js";
import { partsOnDisk, type VectorReading, vectorBytesIn } from "./vector-memory.js";

/** Told that a derived file was damaged and is made anew. */
export type OnRebuild = (file: string, cause: string) => void;

/** A namespace read from its newest checkpoint that is whole. */
export interface LoadedNamespace {
  readonly namespace: OpenNamespace;
  /** The damage of a newer checkpoint that was passed over; the log must then reach back to this one. */
  readonly fellBackFrom?: VecstoreError;
}

/**
 * Reads a namespace as of its newest checkpoint; an empty one when it has none.
 *
 * @param dimension  what the catalog says, 0 when it is not fixed
 * @param room       bytes of vectors that may be read into memory; the others stay in their files
 * @throws VecstoreError DATA_CORRUPTED when records are damaged in both checkpoints
 * Cost: the bytes of its files; a graph is read, not built.
 */
export async function loadNamespace(
  env: LimitedEnv,
  root: string,
  context: NamespaceContext,
  dimension: number,
  room: number,
  onRebuild: OnRebuild,
): Promise<LoadedNamespace> {
  const { directory } = new NamespaceFiles(env, root, context.number);
  const found = await loadNewestManifest(env, directory, async (message, number) => {
    const manifest = NamespaceManifest.decode(message);
    const state = new NamespaceState(context, manifest.dimension);
    const files = new NamespaceFiles(env, root, context.number);
    const before = await readManifestBefore(env, directory, number);
    if (before !== undefined) files.keep(before.number, NamespaceManifest.decode(before.message));
    // Where that one does not name a part, it stands in when the part is damaged, which must be known now.
    const older = new Set(referencesOf(files.manifest).map(({ name }) => name));
    const vectors: VectorReading = { room, checkOf: (part) => (older.has(part) ? "later" : "whole") };
    const loaded = await loadContent(state, files, manifest, vectors, onRebuild);
    adoptContent(state, files, manifest, loaded);
    state.sequence = Number(manifest.sequence);
    state.incarnation = Number(manifest.incarnation);
    state.writesTotal = Number(manifest.writesTotal);
    Object.assign(state, vectorTimeOf(manifest));
    files.keep(number, manifest);
    return new OpenNamespace(state, files);
  });
  const { fellBackFrom } = found;
  if (found.value !== undefined) return { namespace: found.value, fellBackFrom };
  const state = new NamespaceState(context, dimension);
  return { namespace: new OpenNamespace(state, new NamespaceFiles(env, root, context.number)), fellBackFrom };
}

/** Segments read from files, with those files. */
export type LoadedContent = ReadonlyMap<Segment, SegmentFiles>;

/** Reads the segments that a manifest names. They are not yet part of the state; on failure they are let go. */
export async function loadContent(
  state: NamespaceState,
  files: NamespaceFiles,
  manifest: NamespaceManifest,
  vectors: VectorReading,
  onRebuild: OnRebuild,
): Promise<LoadedContent> {
  let { room } = vectors;
  const loaded = new Map<Segment, SegmentFiles>();
  // All at once: one is checked and entered while the disk reads of another.
  const loading = manifest.segments.map(async (stored) => {
    const dimension = stored.withoutVectors ? 0 : manifest.dimension;
    const segment = state.createSegment(stored.slots, dimension, stored.number);
    loaded.set(segment, NO_FILES);
    const onDisk = partsOnDisk(stored.parts, dimension, room);
    room -= vectorBytesIn(stored.parts.slice(onDisk), dimension);
    loaded.set(segment, await loadSegment(files, segment, stored, { onDisk, checkOf: vectors.checkOf }, onRebuild));
  });
  // Each is done with its files before any of them is let go.
  await Promise.allSettled(loading);
  try {
    await Promise.all(loading);
    return loaded;
  } catch (error) {
    for (const segment of loaded.keys()) segment.release();
    await files.parts.closed();
    throw error;
  }
}

/** What of a segment is read how. */
interface SegmentReading extends Pick<VectorReading, "checkOf"> {
  /** Parts, the oldest ones, whose vectors stay in their files. */
  readonly onDisk: number;
}

/** Makes what `loadContent` read the content of the namespace, save sequence and incarnation. */
export function adoptContent(
  state: NamespaceState,
  files: NamespaceFiles,
  manifest: NamespaceManifest,
  loaded: LoadedContent,
): void {
  state.dimension = manifest.dimension;
  state.timeMs = Math.max(state.timeMs, Number(manifest.timeMs));
  state.idempotency = IdempotencyTable.fromManifest(manifest.idempotency);
  state.nextSegmentNumber = Math.max(state.nextSegmentNumber, manifest.nextSegmentNumber);
  state.replaceSegments([...loaded.keys()]);
  files.nextFileNumber = Math.max(files.nextFileNumber, Number(manifest.nextFileNumber));
  files.bySegment.clear();
  for (const [segment, segmentFiles] of loaded) files.bySegment.set(segment, segmentFiles);
}

async function loadSegment(
  files: NamespaceFiles,
  segment: Segment,
  stored: SegmentManifest,
  { onDisk, checkOf }: SegmentReading,
  onRebuild: OnRebuild,
): Promise<SegmentFiles> {
  segment.ids.reserve(stored.slots);
  let isHeld = true;
  for (const [i, part] of stored.parts.entries()) {
    const path = files.path(part.name);
    if (part.fromSlot !== segment.count)
      throw corrupted(path, 0, `it begins at slot ${part.fromSlot}, not ${segment.count}`);
    // Where no more files may be open the vectors are in memory after all, and those of the parts behind them.
    const hold: PartHold | undefined = isHeld && i < onDisk ? files.parts.tryHold(part.name) : undefined;
    isHeld = hold !== undefined;
    const onFile = hold && { open: () => hold.open(), check: checkOf(part.name) };
    await present(path, readPart(files.env, path, segment, onFile)).finally(() => hold?.end());
  }
  if (segment.count !== stored.slots) {
    throw corrupted(files.directory, 0, `segment ${stored.number} has ${segment.count} slots, not ${stored.slots}`);
  }
  if (stored.deaths !== undefined) {
    const path = files.path(stored.deaths.name);
    await present(path, readDeaths(files.env, path, segment));
  }
  const graph = await loadGraph(files, segment, stored, onRebuild);
  if (graph !== undefined) segment.calibration = stored.calibration;
  // Field columns and inverted indexes are derived and in no file: they are made while the store is in use already.
  segment.fillInBackground();
  const { parts, deaths } = stored;
  return { parts, deaths, deathCounts: deathCountsOf(segment), graph, calibration: segment.calibration };
}

/** A file that a manifest names and that is absent is as bad as a damaged one. */
export async function present(path: string, reading: Promise<void>): Promise<void> {
  try {
    await reading;
  } catch (error) {
    throw isNotFound(error) ? corrupted(path, 0, "it is missing") : error;
  }
}

/** A graph is derived: damage is reported and the graph built anew. */
async function loadGraph(
  files: NamespaceFiles,
  segment: Segment,
  stored: SegmentManifest,
  onRebuild: OnRebuild,
): Promise<GraphFile | undefined> {
  const file = stored.graph;
  if (file === undefined) {
    await tryGraph(segment);
    return undefined;
  }
  const path = files.path(file.name);
  const mean = stored.graphMean;
  const info = { indexed: stored.graphIndexed, capacity: stored.graphCapacity, seed: stored.graphSeed };
  try {
    const vector = mean.length === 0 ? undefined : bytesToVector(mean);
    await readGraph(files.env, path, segment, { ...info, mean: vector });
    return { file, ...info, mean };
  } catch (error) {
    if (isOfAnotherFile(error, path)) throw error;
    onRebuild(file.name, error instanceof Error ? error.message : String(error));
    await tryGraph(segment);
    return undefined;
  }
}

/** True for the damage of a part that was met while the graph was completed. */
function isOfAnotherFile(error: unknown, path: string): boolean {
  return error instanceof VecstoreError && error.details.file !== undefined && error.details.file !== path;
}

/** Where there is no memory for a graph the segment is scanned; the next append tries again. */
async function tryGraph(segment: Segment): Promise<void> {
  try {
    await beginGraph(segment);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}
