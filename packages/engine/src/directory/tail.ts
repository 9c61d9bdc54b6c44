import { VecstoreError } from "../errors.js";
import { LogEntry } from "../gen/vecstore/storage/v1/log.js";
import { NamespaceManifest } from "../gen/vecstore/storage/v1/manifest.js";
import type { ReplayedEntry } from "../log/log.js";
import { applyRefusal } from "../state/apply.js";
import type { Rules } from "../state/catalog.js";
import { joinPath } from "../storage/env.js";
import { corrupted } from "../storage/errors.js";
import type { DataDirectory } from "./data-directory.js";
import { loadContent } from "./load-namespace.js";
import type { OpenNamespace } from "./open-namespace.js";
import { applySnapshot, refuseSnapshot } from "./restore-snapshot.js";
import type { VectorReading } from "./vector-memory.js";

/** What the log says of one namespace, from some position on. */
export interface Tail {
  /** By which its first entry is decided. */
  readonly rules: Rules;
  /** In log order: its entries, and rules that hold from there on. */
  readonly items: (ReplayedEntry | Rules)[];
}

/** A tail that begins with these rules. */
export function createTail({ status, quotas }: Rules): Tail {
  return { rules: { status, quotas }, items: [] };
}

/** Sequence of the last entry of a tail; 0 when it has none. */
export function lastSequenceOf(tail: Tail | undefined): number {
  const last = tail?.items.findLast((item) => "payload" in item);
  return last !== undefined && "sequence" in last ? last.sequence : 0;
}

/**
 * Applies to a namespace what of a tail its checkpoint does not hold.
 *
 * @returns how many entries that were
 * @throws VecstoreError DATA_CORRUPTED when an entry cannot be read, or needs files that are damaged; the namespace must be given up then
 */
export async function applyTail(directory: DataDirectory, namespace: OpenNamespace, tail: Tail): Promise<number> {
  const { state } = namespace;
  Object.assign(state, tail.rules);
  let count = 0;
  for (const item of tail.items) {
    if (!("payload" in item)) {
      Object.assign(state, item);
      continue;
    }
    namespace.nextSequence = Math.max(namespace.nextSequence, item.sequence + 1);
    if (item.sequence <= state.sequence) continue;
    namespace.logBytes += item.end - item.position;
    const entry = decode(directory, item);
    if (entry.operation?.$case !== "restoreSnapshot") namespace.apply(entry, item.sequence);
    else await replaySnapshot(directory, namespace, entry, entry.operation.value.manifest, item.sequence);
    count++;
  }
  return count;
}

function decode(directory: DataDirectory, { payload, position }: ReplayedEntry): LogEntry {
  try {
    return LogEntry.decode(payload);
  } catch (error) {
    if (error instanceof VecstoreError) throw error;
    throw corrupted(joinPath(directory.path, "log"), position, "an entry of the namespace cannot be read");
  }
}

async function replaySnapshot(
  directory: DataDirectory,
  namespace: OpenNamespace,
  entry: LogEntry,
  encoded: Uint8Array,
  sequence: number,
): Promise<void> {
  const { state, files, name } = namespace;
  const manifest = NamespaceManifest.decode(encoded);
  const refused = refuseSnapshot(state, manifest, Number(entry.timeMs));
  // The files of a restore that was refused may be gone.
  if (refused !== undefined) {
    applyRefusal(state, entry, sequence, refused);
    return;
  }
  // It was checked before it was logged, and nothing could stand in for it.
  const vectors: VectorReading = { room: directory.vectorMemory.roomFor(namespace), checkOf: () => "later" };
  const content = await loadContent(state, files, manifest, vectors, (file, cause) =>
    directory.emit({ kind: "derived_rebuilt", namespace: name, file, cause }),
  );
  applySnapshot(namespace, entry, sequence, manifest, content);
}
