import { VecstoreError } from "../errors.js";
import type { CatalogEntry } from "../state/catalog.js";
import { EMPTY_SUMMARY, type NamespaceSummary } from "../state/namespace-summary.js";
import { corrupted } from "../storage/errors.js";
import type { DataDirectory } from "./data-directory.js";
import { loadNamespace } from "./load-namespace.js";
import { isCondemned } from "./namespace-remains.js";
import type { OpenNamespace } from "./open-namespace.js";
import { removeSnapshotLeftovers } from "./snapshots.js";
import { readStandIn } from "./stand-in.js";
import { countState, summarize } from "./summarize.js";
import { applyTail, lastSequenceOf, type Tail } from "./tail.js";

/** A namespace read into memory. */
export interface FromDisk {
  readonly namespace: OpenNamespace;
  /** What its newest whole checkpoint holds. */
  readonly summary: NamespaceSummary;
  /** Entries that its checkpoint did not hold. */
  readonly entries: number;
  /** True when the log stood in for a damaged checkpoint: it should be checkpointed before the log is trimmed. */
  readonly isMended: boolean;
}

/**
 * Reads a namespace into memory, as its newest checkpoint that is whole and the log say.
 *
 * @param tail  its entries in the log that no checkpoint may hold; absent: its checkpoint holds all
 * @throws VecstoreError DATA_CORRUPTED when nothing can stand in for what is damaged; nothing is changed then
 * Cost: the bytes of its files; and of the log, where that stands in for a checkpoint.
 */
export async function openFromDisk(
  directory: DataDirectory,
  entry: CatalogEntry,
  tail: Tail | undefined,
): Promise<FromDisk> {
  const { env, path, core, settings, vectorMemory } = directory;
  const { number, name } = entry;
  const { namespace, fellBackFrom } = await loadNamespace(
    env,
    path,
    settings.contextOf(core, entry),
    entry.config.dimension ?? 0,
    vectorMemory.room,
    (file, cause) => directory.emit({ kind: "derived_rebuilt", namespace: name, file, cause }),
  );
  // One that was made of a snapshot has the time of that.
  namespace.state.countedAtMs = Math.max(namespace.state.countedAtMs, entry.createdAtMs);
  try {
    await assertNotCondemned(directory, namespace);
    const mended = await mend(directory, namespace, entry, fellBackFrom);
    const { manifest } = namespace.files;
    const summary = manifest ? summarize(countState(namespace.state), namespace.files, manifest) : EMPTY_SUMMARY;
    const all = mended ?? tail;
    const entries = all === undefined ? 0 : await applyTail(directory, namespace, all);
    assertComplete(namespace, Math.max(entry.summary?.sequence ?? 0, lastSequenceOf(tail)), fellBackFrom);
    // What a crash left half made goes once nothing can fail any more.
    await namespace.files.removeOrphans();
    await removeSnapshotLeftovers(env, path, number);
    return { namespace, summary, entries, isMended: mended !== undefined };
  } catch (error) {
    namespace.state.release();
    await namespace.files.parts.closed();
    throw error;
  }
}

/** What the log has since the checkpoint that was read, where that is not the newest. */
async function mend(
  directory: DataDirectory,
  { files, state, number, name }: OpenNamespace,
  { summary }: CatalogEntry,
  damage: VecstoreError | undefined,
): Promise<Tail | undefined> {
  // A newer one that is missing leaves no damage behind, but the catalog has seen it.
  if (damage === undefined && state.sequence >= (summary?.sequence ?? 0)) return undefined;
  const cause = damage?.message ?? "its newest checkpoint is missing";
  const file = damage?.details.file ?? files.directory;
  try {
    const found = await readStandIn(directory, number, files.manifest);
    directory.emit({ kind: "checkpoint_damaged", namespace: name, file, cause });
    return found;
  } catch (error) {
    const isUnreachable = error instanceof VecstoreError && error.reason === "DATA_CORRUPTED";
    throw isUnreachable ? (damage ?? error) : error;
  }
}

/** A mark is made after the log said that the namespace is being deleted, and then nobody opens it. */
async function assertNotCondemned({ env, path }: DataDirectory, { number, files }: OpenNamespace): Promise<void> {
  if (!(await isCondemned(env, path, number))) return;
  throw corrupted(files.directory, 0, "it is marked as deleted, and the log does not say so");
}

/** @param sequence  what is known to have been answered */
function assertComplete({ state, files }: OpenNamespace, sequence: number, damage: VecstoreError | undefined): void {
  if (state.sequence >= sequence) return;
  const what = `it ends at entry ${state.sequence}, and ${sequence} were written`;
  throw damage ?? corrupted(files.directory, 0, what);
}
