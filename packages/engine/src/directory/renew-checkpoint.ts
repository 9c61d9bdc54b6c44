import { NamespaceManifest } from "../gen/vecstore/storage/v1/manifest.js";
import type { CatalogEntry } from "../state/catalog.js";
import { BLOCK_FILE_KINDS } from "../storage/block-file.js";
import { corrupted } from "../storage/errors.js";
import type { DataDirectory } from "./data-directory.js";
import { listManifests, readMessageFile, writeManifest } from "./manifest-file.js";
import { numberedName } from "./names.js";
import { NamespaceFiles } from "./namespace-files.js";

/**
 * Writes the newest manifest of a namespace that is not in memory once more, so that both say the same and neither needs the log. The
 * caller sees to it that nobody opens it meanwhile.
 *
 * @throws VecstoreError DATA_CORRUPTED when the newest is damaged or missing, DISK_FULL, STORE_STOPPED
 * Cost: a small file.
 */
export async function renewCheckpoint(directory: DataDirectory, { number, summary }: CatalogEntry): Promise<void> {
  const { env, path, log, catalog } = directory;
  const files = new NamespaceFiles(env, path, number);
  const [newest = 0] = await listManifests(env, files.directory);
  const file = files.path(numberedName("manifest", newest));
  if (newest === 0) throw corrupted(file, 0, "it is missing");
  const manifest = NamespaceManifest.decode(await readMessageFile(env, file, BLOCK_FILE_KINDS.manifest));
  if (summary === undefined || Number(manifest.sequence) !== summary.sequence) {
    throw corrupted(file, 0, `it ends at entry ${manifest.sequence}, and ${summary?.sequence} were written`);
  }
  files.keep(newest, manifest);
  const again = { ...manifest, logPosition: BigInt(directory.appliedPosition), logId: log.id };
  // A manifest must not name a position that a power cut takes back.
  await log.sync();
  await writeManifest(env, files.directory, newest + 1, NamespaceManifest.encode(again).finish());
  files.keep(newest + 1, again);
  await files.removeOrphans();
  catalog.noteCheckpoint(number, manifest.dimension, { ...summary, bothHold: true });
}
