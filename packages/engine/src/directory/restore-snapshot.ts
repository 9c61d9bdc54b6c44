import type { LogEntry } from "../gen/vecstore/storage/v1/log.js";
import { type FileReference, NamespaceManifest, type SegmentManifest } from "../gen/vecstore/storage/v1/manifest.js";
import type { SnapshotInfo } from "../model/read.js";
import { applyRefusal, refuseByStatus } from "../state/apply.js";
import type { NamespaceState } from "../state/namespace-state.js";
import { applied, appliedOrThrow, type Outcome, type Rejected } from "../state/outcome.js";
import { quotaExceeded, refuseSnapshotByCount } from "../state/quotas.js";
import { countVectorTime } from "../state/vector-time.js";
import { joinPath } from "../storage/env.js";
import type { DataDirectory } from "./data-directory.js";
import { adoptContent, type LoadedContent, loadContent, present } from "./load-namespace.js";
import { type NumberedFile, snapshotsPath } from "./names.js";
import { type NamespaceFiles, referencesOf } from "./namespace-files.js";
import { type OpenNamespace, storageBytes } from "./open-namespace.js";
import { readSnapshot } from "./snapshots.js";
import type { VectorReading } from "./vector-memory.js";

/**
 * Puts a snapshot's content in place of the namespace's: a logged operation that begins a new incarnation. Its files are
 * linked and read before it is logged, so that applying it cannot fail; sequences go on.
 *
 * @throws VecstoreError SNAPSHOT_NOT_FOUND, DATA_CORRUPTED, NAMESPACE_READ_ONLY, NAMESPACE_SUSPENDED, NAMESPACE_NOT_FOUND (being deleted); the
 *         namespace is then as it was
 */
export function restoreSnapshot(
  directory: DataDirectory,
  namespace: OpenNamespace,
  name: string,
): Promise<SnapshotInfo> {
  const { merges, maintenance } = namespace;
  return merges.run(() => maintenance.run(() => restoreLocked(directory, namespace, name)));
}

async function restoreLocked(directory: DataDirectory, namespace: OpenNamespace, name: string): Promise<SnapshotInfo> {
  // Now, to spend nothing on what cannot succeed; what counts is the status when the entry is applied.
  const closed = refuseByStatus(namespace.state);
  if (closed !== undefined) appliedOrThrow(closed);
  const snapshot = await readSnapshot(directory, namespace, name);
  const full =
    refuseSnapshot(namespace.state, snapshot.content, directory.nowMs()) ?? refuseBytes(namespace, snapshot.content);
  if (full !== undefined) appliedOrThrow(full);
  const source = joinPath(snapshotsPath(directory.path, namespace.number), name);
  const manifest = await linkFiles(namespace.files, source, snapshot.content);
  const room = directory.vectorMemory.roomFor(namespace);
  // A damaged snapshot must not take the place of what is there.
  const vectors: VectorReading = { room, checkOf: () => "whole" };
  const content = await loadContent(namespace.state, namespace.files, manifest, vectors, (file, cause) =>
    directory.emit({ kind: "derived_rebuilt", namespace: namespace.state.context.name, file, cause }),
  );
  let adopted = false;
  try {
    const incarnation = BigInt(namespace.state.incarnation + 1);
    const value = { snapshotName: name, incarnation, manifest: NamespaceManifest.encode(manifest).finish() };
    await directory.writeOrThrow(namespace, { $case: "restoreSnapshot", value }, (sequence) => {
      const { entry } = namespace.pending.get(sequence)!;
      const refused = refuseSnapshot(namespace.state, manifest, Number(entry.timeMs));
      if (refused !== undefined) return applyRefusal(namespace.state, entry, sequence, refused);
      adopted = true;
      return applySnapshot(namespace, entry, sequence, manifest, content);
    });
  } finally {
    if (!adopted) for (const segment of content.keys()) segment.release();
  }
  await checkpointAfter(directory, namespace);
  return {
    name,
    createdAtMs: Number(snapshot.createdAtMs),
    sequence: Number(snapshot.content.sequence),
    vectorCount: Number(snapshot.content.vectorCount),
    bytes: [...content.values()].reduce((sum, files) => sum + bytesOf(files), 0),
  };
}

/** Says why a logged restore is refused, or undefined: by the state and the entry alone. */
export function refuseSnapshot(state: NamespaceState, content: NamespaceManifest, nowMs: number): Rejected | undefined {
  const records = Number(content.vectorCount) + Number(content.softDeletedCount);
  return refuseByStatus(state) ?? refuseSnapshotByCount(state, records, Math.max(state.timeMs, nowMs));
}

/** Bytes are what the disk has, so the log has no say in them; see decision 19. */
function refuseBytes(namespace: OpenNamespace, content: NamespaceManifest): Rejected | undefined {
  const { maxStorageBytes } = namespace.state.quotas;
  const bytes = referencesOf(content).reduce((sum, file) => sum + Number(file.bytes), 0);
  const usage = storageBytes(namespace);
  if (maxStorageBytes === undefined || bytes <= maxStorageBytes || bytes <= usage) return undefined;
  const why = `the snapshot has ${bytes} bytes`;
  return quotaExceeded(namespace.state, "max_storage_bytes", usage, maxStorageBytes, why);
}

/** The restore is done and logged: a checkpoint that fails is tried again with the next one, and is no failure of the call. */
async function checkpointAfter(directory: DataDirectory, namespace: OpenNamespace): Promise<void> {
  try {
    await directory.checkpointer.namespaceLocked(namespace, "full graph");
  } catch (error) {
    directory.emit({ kind: "background_error", task: "checkpoint", error: error as Error });
  }
}

/** Applies a logged restore with the content that was read for it. */
export function applySnapshot(
  namespace: OpenNamespace,
  entry: LogEntry,
  sequence: number,
  manifest: NamespaceManifest,
  content: LoadedContent,
): Outcome {
  const { state, files } = namespace;
  countVectorTime(state, Math.max(state.timeMs, Number(entry.timeMs)));
  adoptContent(state, files, manifest, content);
  files.keepLogged(sequence, manifest);
  state.incarnation++;
  state.writesTotal++;
  state.sequence = sequence;
  state.timeMs = Math.max(state.timeMs, Number(entry.timeMs));
  return applied(sequence, state.liveCount);
}

/** Links a snapshot's files into the namespace's directory under names of its own. */
async function linkFiles(
  files: NamespaceFiles,
  source: string,
  content: NamespaceManifest,
): Promise<NamespaceManifest> {
  const link = async (kind: NumberedFile, file: FileReference): Promise<FileReference> => {
    const name = files.nextName(kind);
    const path = joinPath(source, file.name);
    await present(path, files.env.linkOrCopy(path, files.path(name)));
    return { ...file, name };
  };
  const segments: SegmentManifest[] = [];
  for (const segment of content.segments) {
    const parts: FileReference[] = [];
    for (const part of segment.parts) parts.push(await link("part", part));
    const deaths = segment.deaths && (await link("deaths", segment.deaths));
    const graph = segment.graph && (await link("graph", segment.graph));
    segments.push({ ...segment, parts, deaths, graph });
  }
  await files.env.syncDirectory(files.directory);
  return { ...content, segments, nextFileNumber: BigInt(files.nextFileNumber) };
}

function bytesOf(files: {
  parts: readonly FileReference[];
  deaths?: FileReference;
  graph?: { file: FileReference };
}): number {
  const all = [...files.parts, files.deaths, files.graph?.file].filter((file) => file !== undefined);
  return all.reduce((sum, file) => sum + Number(file.bytes), 0);
}
