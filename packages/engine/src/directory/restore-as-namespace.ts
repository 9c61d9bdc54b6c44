import { assert, VecstoreError } from "../errors.js";
import type { NamespaceSettings } from "../gen/vecstore/storage/v1/log.js";
import { NamespaceManifest } from "../gen/vecstore/storage/v1/manifest.js";
import type { SnapshotInfo } from "../model/read.js";
import { type CatalogEntry, configOf, settingsOf } from "../state/catalog.js";
import { appliedOrThrow, type Outcome } from "../state/outcome.js";
import { joinPath } from "../storage/env.js";
import type { NamespaceRef } from "./access.js";
import { isDamage } from "./damaged.js";
import type { DataDirectory } from "./data-directory.js";
import { loadNamespace, present } from "./load-namespace.js";
import { MANIFESTS_KEPT, writeManifest } from "./manifest-file.js";
import { Mutex } from "./mutex.js";
import { namespacePath, snapshotsPath } from "./names.js";
import { referencesOf } from "./namespace-files.js";
import type { OpenNamespace } from "./open-namespace.js";
import { readSnapshot, readSnapshotInfo } from "./snapshots.js";
import { countState, summarize } from "./summarize.js";

/**
 * Makes a namespace of a snapshot's records. Its directory is complete, with its checkpoints, before the entry that creates it
 * is logged: from then on it is there, and before there are only files that no opening keeps. No other namespace can be made meanwhile,
 * since the next number must be the one whose directory this is.
 *
 * @throws VecstoreError NAMESPACE_EXISTS, SNAPSHOT_NOT_FOUND, DATA_CORRUPTED, DISK_FULL; there is no such namespace then
 */
export function restoreAsNamespace(
  directory: DataDirectory,
  source: SnapshotSource,
  snapshotName: string,
  target: string,
): Promise<SnapshotInfo> {
  return directory.creations.exclusive(async () => {
    if (directory.catalog.byName(target) !== undefined) throw namespaceExists(target);
    const number = directory.catalog.nextNumber;
    await directory.clearNamespaceDirectory(number);
    const { namespace, settings, snapshot } = await prepare(directory, source, snapshotName, target);
    let isAdopted = false;
    try {
      const value = { name: target, settings, description: "", labels: {} };
      const outcome = await directory.write(directory, { $case: "createNamespace", value }, (sequence): Outcome => {
        const { entry } = directory.pending.get(sequence)!;
        const applied = directory.catalog.apply(entry, sequence);
        isAdopted = applied.kind === "applied";
        assert(
          !isAdopted || directory.catalog.byName(target)?.number === number,
          "the namespace has the number prepared",
        );
        if (isAdopted) adopt(directory, namespace);
        return applied;
      });
      appliedOrThrow(outcome);
    } finally {
      if (!isAdopted) await giveUp(directory, namespace);
    }
    directory.expirer.consider(number);
    return snapshot;
  });
}

/** Where a snapshot is. */
export type SnapshotSource = Pick<OpenNamespace, "number" | "maintenance">;

/**
 * Keeps a namespace in memory while one of its snapshots is read. A damaged one need not be: its snapshots are files of their own, and
 * nobody can delete them.
 */
export async function withSource<T>(
  { residents }: DataDirectory,
  ref: NamespaceRef,
  use: (source: SnapshotSource) => Promise<T>,
): Promise<T> {
  const lease = await residents.lease(ref).catch((error: unknown) => {
    if (!isDamage(error)) throw error;
    return undefined;
  });
  try {
    return await use(lease?.namespace ?? { number: ref.number, maintenance: new Mutex() });
  } finally {
    lease?.release();
  }
}

/** Its records are stored in this namespace from its creation on, whatever the time of the snapshot is. */
function adopt({ catalog, residents }: DataDirectory, namespace: OpenNamespace): void {
  const { files, number, state } = namespace;
  state.countedAtMs = catalog.byNumber(number)!.createdAtMs;
  const manifest = files.manifest!;
  catalog.noteCheckpoint(number, manifest.dimension, summarize(countState(state), files, manifest));
  residents.add(namespace);
}

/** A namespace that is whole on the disk and in memory, and in no catalog. */
interface Prepared {
  readonly namespace: OpenNamespace;
  readonly settings: NamespaceSettings;
  readonly snapshot: SnapshotInfo;
}

async function prepare(
  directory: DataDirectory,
  source: SnapshotSource,
  snapshotName: string,
  target: string,
): Promise<Prepared> {
  // Held while files are linked, so that nobody deletes the snapshot meanwhile.
  const { manifest, settings, snapshot } = await source.maintenance.run(() => lay(directory, source, snapshotName));
  const namespace = await load(directory, target, manifest, settings);
  try {
    // Two, as of any namespace: one that is damaged later has the other stand in for it.
    const { files } = namespace;
    await writeManifest(directory.env, files.directory, MANIFESTS_KEPT, NamespaceManifest.encode(manifest).finish());
    files.keep(MANIFESTS_KEPT, manifest);
    return { namespace, settings, snapshot };
  } catch (error) {
    await giveUp(directory, namespace);
    throw error;
  }
}

/** What the namespace of the snapshot used and did is not this one's. */
const UNUSED = { writesTotal: 0n, vectorSeconds: 0n, vectorMilliseconds: 0, countedAtMs: 0n };

/** Links a snapshot's files into the directory of the next namespace, under their names, and writes its first manifest. */
async function lay(directory: DataDirectory, source: SnapshotSource, snapshotName: string) {
  const { env, path, log, catalog } = directory;
  const { content, settings } = await readSnapshot(directory, source, snapshotName);
  const snapshot = await readSnapshotInfo(directory, source, snapshotName);
  const from = joinPath(snapshotsPath(path, source.number), snapshotName);
  const to = namespacePath(path, catalog.nextNumber);
  await env.makeDirectory(to);
  for (const { name } of referencesOf(content)) {
    await present(joinPath(from, name), env.linkOrCopy(joinPath(from, name), joinPath(to, name)));
  }
  // A manifest must not name a position that a power cut takes back.
  const position = directory.appliedPosition;
  await log.sync();
  const manifest: NamespaceManifest = {
    ...content,
    incarnation: 1n,
    logPosition: BigInt(position),
    logId: log.id,
    // Those of another namespace: a write here was never answered before.
    idempotency: [],
    ...UNUSED,
    writtenAtMs: BigInt(env.now()),
  };
  await writeManifest(env, to, 1, NamespaceManifest.encode(manifest).finish());
  const own = settings ?? settingsOf(catalog.byNumber(source.number)!.config);
  return { manifest, settings: own, snapshot };
}

/** Reads it as the next opening will, and checks all of it: a damaged snapshot must not become a namespace. */
async function load(
  directory: DataDirectory,
  target: string,
  manifest: NamespaceManifest,
  settings: NamespaceSettings,
): Promise<OpenNamespace> {
  const { env, path, catalog, core, vectorMemory } = directory;
  const entry = { number: catalog.nextNumber, name: target, config: configOf(settings) } as CatalogEntry;
  const { namespace, fellBackFrom } = await loadNamespace(
    env,
    path,
    directory.settings.contextOf(core, entry),
    manifest.dimension,
    vectorMemory.room,
    (file, cause) => directory.emit({ kind: "derived_rebuilt", namespace: target, file, cause }),
  );
  if (fellBackFrom === undefined) return namespace;
  await giveUp(directory, namespace);
  throw fellBackFrom;
}

/** Lets the memory go; the files are removed before their number is used, or at the next opening. */
async function giveUp(directory: DataDirectory, { state, files, number }: OpenNamespace): Promise<void> {
  directory.leaveNamespaceDirectory(number);
  state.release();
  await files.parts.closed();
}

function namespaceExists(name: string): VecstoreError {
  const message = `namespace ${JSON.stringify(name)} exists already; restore under another name, or in place`;
  return new VecstoreError("NAMESPACE_EXISTS", message, { namespace: name });
}
