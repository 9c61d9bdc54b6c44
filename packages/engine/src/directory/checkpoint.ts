import type { Graph } from "../core/graph.js";
import { type FileReference, NamespaceManifest, type SegmentManifest } from "../gen/vecstore/storage/v1/manifest.js";
import type { Log } from "../log/log.js";
import { writeDeaths } from "../segment/deaths-file.js";
import { writeGraph } from "../segment/graph-file.js";
import { writePart } from "../segment/part-file.js";
import type { Segment } from "../segment/segment.js";
import { vectorToBytes } from "../state/bytes.js";
import type { NamespaceSummary } from "../state/namespace-summary.js";
import { storedVectorTime } from "../state/vector-time.js";
import { writeManifest } from "./manifest-file.js";
import {
  deathCountsOf,
  type GraphFile,
  type NamespaceFiles,
  NO_FILES,
  referencesOf,
  type SegmentFiles,
} from "./namespace-files.js";
import type { OpenNamespace } from "./open-namespace.js";
import { type Counted, countState, summarize } from "./summarize.js";

/** A graph file is written anew when the graph links this much more than the last one did. */
const GRAPH_GROWTH = 1.25;

/** Whether every graph that links more than its file is written, or only those that grew by a quarter. */
export type GraphPolicy = "full graph" | "grown graph";

/** What a checkpoint did. */
export interface CheckpointResult {
  readonly manifest: NamespaceManifest;
  /** Bytes of the files that were written. */
  readonly bytes: number;
  readonly summary: NamespaceSummary;
}

/** How the log stands at the moment of the checkpoint. */
export interface LogMark {
  readonly log: Log;
  /** Entries below are applied, those at or beyond it are not. */
  readonly position: number;
}

/** The state at one moment of a turn of the event loop: what the manifest will say. */
interface Capture {
  readonly manifest: NamespaceManifest;
  readonly counted: Counted;
  /** Of the entries that the manifest takes the place of. */
  readonly logBytes: number;
  readonly segments: readonly SegmentCapture[];
}

interface SegmentCapture {
  readonly segment: Segment;
  readonly count: number;
  readonly deathCounts: string;
  /** Begun in the same turn, since deaths after it belong to the next checkpoint. */
  readonly deaths: Promise<FileReference | undefined>;
}

/**
 * Writes what is new since the last checkpoint, then a manifest that names all files of the namespace. Writes go on
 * meanwhile. The caller holds `maintenance`.
 *
 * @param fullGraph  writes the graph of every segment that linked anything since its last graph file
 * @returns the manifest, which is on the disk
 * Cost: the bytes of the new slots; deaths whole; the graph whole when it has grown by a quarter.
 */
export async function checkpointNamespace(
  namespace: OpenNamespace,
  mark: LogMark,
  fullGraph: GraphPolicy,
): Promise<CheckpointResult> {
  const { files } = namespace;
  const known = new Set(referencesOf(files.manifest).map((file) => file.name));
  const captured = capture(namespace, mark);
  // A merge may put another segment in the place of one of these at any turn.
  for (const { segment } of captured.segments) segment.retain();
  try {
    await writeFiles(files, captured, fullGraph);
    // A manifest must not name a position that a power cut takes back.
    await mark.log.sync();
    await nameFiles(namespace, captured.manifest);
    namespace.logBytes -= captured.logBytes;
  } catch (error) {
    // A checkpoint that is tried again on a full disk must not fill it further.
    await files.removeOrphans().catch(() => undefined);
    throw error;
  } finally {
    for (const { segment } of captured.segments) segment.release();
  }
  const { manifest, counted } = captured;
  const fresh = referencesOf(manifest).filter((file) => !known.has(file.name));
  const bytes = fresh.reduce((sum, file) => sum + Number(file.bytes), 0);
  return { manifest, bytes, summary: summarize(counted, files, manifest) };
}

async function writeFiles(files: NamespaceFiles, captured: Capture, fullGraph: GraphPolicy): Promise<void> {
  const { manifest, segments } = captured;
  // All are awaited before one may throw, so that nothing is written behind the caller's back.
  await Promise.allSettled(segments.map(({ deaths }) => deaths));
  await Promise.all(segments.map(({ deaths }) => deaths));
  for (const segment of segments) {
    const written = await writeSegment(files, segment, fullGraph);
    files.bySegment.set(segment.segment, written);
    manifest.segments.push(toManifest(segment, written));
  }
  manifest.nextFileNumber = BigInt(files.nextFileNumber);
  await files.env.syncDirectory(files.directory);
}

async function nameFiles(namespace: OpenNamespace, manifest: NamespaceManifest): Promise<void> {
  const { files } = namespace;
  const number = files.manifestNumber + 1;
  await writeManifest(files.env, files.directory, number, NamespaceManifest.encode(manifest).finish());
  files.keep(number, manifest);
  forgetReplacedSegments(namespace);
  await files.removeOrphans();
}

/**
 * Stops the builder of each graph that a checkpoint is about to write, so that none links slots which the checkpoint
 * does not hold: such a file could not be named. Writing the graph lets its builder go on.
 *
 * @returns lets the builders go on whose graphs were not written after all
 */
export async function pauseGraphs(namespace: OpenNamespace, fullGraph: GraphPolicy): Promise<() => void> {
  const { state, files } = namespace;
  const due = state.segments.filter((segment) => isGraphDue(segment, files.bySegment.get(segment)?.graph, fullGraph));
  const graphs = due.map((segment) => segment.graph!);
  const paused: Graph[] = [];
  const resume = (): void => {
    for (const graph of paused) graph.resume();
  };
  try {
    for (const graph of graphs) {
      paused.push(graph);
      await graph.pause();
    }
    return resume;
  } catch (error) {
    resume();
    throw error;
  }
}

function isGraphDue({ graph }: Segment, before: GraphFile | undefined, fullGraph: GraphPolicy): boolean {
  if (graph === undefined) return false;
  const written = before?.indexed ?? 0;
  return graph.indexed !== written && (fullGraph === "full graph" || graph.indexed >= written * GRAPH_GROWTH);
}

function capture(namespace: OpenNamespace, mark: LogMark): Capture {
  const { state, files } = namespace;
  const writtenAtMs = files.env.now();
  const nowMs = Math.max(state.timeMs, writtenAtMs);
  const manifest: NamespaceManifest = {
    incarnation: BigInt(state.incarnation),
    sequence: BigInt(state.sequence),
    logPosition: BigInt(mark.position),
    logId: mark.log.id,
    timeMs: BigInt(state.timeMs),
    dimension: state.dimension,
    segments: [],
    nextFileNumber: 0n,
    nextSegmentNumber: state.nextSegmentNumber,
    idempotency: state.idempotency.toManifest(),
    vectorCount: BigInt(state.visibleCount(nowMs)),
    softDeletedCount: BigInt(state.hiddenCount(nowMs)),
    writtenAtMs: BigInt(writtenAtMs),
    writesTotal: BigInt(state.writesTotal),
    ...storedVectorTime(state),
  };
  const { logBytes } = namespace;
  const counted = countState(state);
  return { manifest, counted, logBytes, segments: state.segments.map((segment) => captureSegment(files, segment)) };
}

function captureSegment(files: NamespaceFiles, segment: Segment): SegmentCapture {
  const before = files.bySegment.get(segment) ?? NO_FILES;
  const deathCounts = deathCountsOf(segment);
  const unchanged = before.deathCounts === deathCounts;
  const deaths = unchanged ? Promise.resolve(before.deaths) : writeDeathsFile(files, segment);
  return { segment, count: segment.count, deathCounts, deaths };
}

async function writeDeathsFile(files: NamespaceFiles, segment: Segment): Promise<FileReference> {
  const name = files.nextName("deaths");
  const { bytes } = await writeDeaths(files.env, files.path(name), segment);
  return reference(name, bytes);
}

async function writeSegment(
  files: NamespaceFiles,
  captured: SegmentCapture,
  fullGraph: GraphPolicy,
): Promise<SegmentFiles> {
  const { segment, count, deathCounts } = captured;
  const before = files.bySegment.get(segment) ?? NO_FILES;
  // The graph first: its builder stands still until it is written.
  const graph = await writeGraphFile(files, captured, before.graph, fullGraph);
  const parts = [...before.parts];
  const from = parts.at(-1)?.toSlot ?? 0;
  if (count > from) {
    const name = files.nextName("part");
    const { bytes } = await writePart(files.env, files.path(name), segment, from, count);
    parts.push({ ...reference(name, bytes), fromSlot: from, toSlot: count });
  }
  return { parts, deaths: await captured.deaths, deathCounts, graph, calibration: segment.calibration };
}

/**
 * A graph that links slots beyond the checkpoint's count is not named: those slots are in the log alone, which may be
 * cut. The older file stays then, and the new one goes as an orphan.
 */
async function writeGraphFile(
  files: NamespaceFiles,
  { segment, count }: SegmentCapture,
  before: GraphFile | undefined,
  fullGraph: GraphPolicy,
): Promise<GraphFile | undefined> {
  if (segment.graph === undefined) return undefined;
  if (!isGraphDue(segment, before, fullGraph)) return before;
  const name = files.nextName("graph");
  const info = await writeGraph(files.env, files.path(name), segment);
  if (info.indexed > count) return before;
  const mean = info.mean === undefined ? new Uint8Array() : vectorToBytes(info.mean);
  return { file: reference(name, info.bytes), indexed: info.indexed, mean, capacity: info.capacity, seed: info.seed };
}

function toManifest({ segment, count }: SegmentCapture, written: SegmentFiles): SegmentManifest {
  const { graph } = written;
  return {
    number: segment.number,
    slots: count,
    parts: [...written.parts],
    deaths: written.deaths,
    graph: graph?.file,
    graphIndexed: graph?.indexed ?? 0,
    graphMean: graph?.mean ?? new Uint8Array(),
    graphCapacity: graph?.capacity ?? 0,
    graphSeed: graph?.seed ?? 0,
    withoutVectors: segment.dimension === 0,
    calibration: written.calibration,
  };
}

function reference(name: string, bytes: number): FileReference {
  return { name, bytes: BigInt(bytes), fromSlot: 0, toSlot: 0 };
}

function forgetReplacedSegments(namespace: OpenNamespace): void {
  const live = new Set(namespace.state.segments);
  for (const segment of namespace.files.bySegment.keys()) {
    if (!live.has(segment)) namespace.files.bySegment.delete(segment);
  }
}
