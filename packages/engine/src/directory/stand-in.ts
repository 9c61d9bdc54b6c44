import { LogEntry } from "../gen/vecstore/storage/v1/log.js";
import { CatalogManifest, type NamespaceManifest } from "../gen/vecstore/storage/v1/manifest.js";
import type { ReplayedEntry } from "../log/log.js";
import { readLog } from "../log/read-log.js";
import { CATALOG_NUMBER, Catalog, rulesOf } from "../state/catalog.js";
import { quotasOf } from "../state/quotas.js";
import { joinPath } from "../storage/env.js";
import type { DataDirectory } from "./data-directory.js";
import { listManifests, readManifestBefore } from "./manifest-file.js";
import { createTail, type Tail } from "./tail.js";

/**
 * Reads from the log what stands in for a damaged checkpoint of a namespace: all that came since the checkpoint before it, with the
 * rules of that time.
 *
 * @param manifest  the checkpoint before; undefined when there was none: then the log must hold the namespace from its first entry on
 * @throws VecstoreError DATA_CORRUPTED when the log does not reach back so far
 * Cost: reads the log.
 */
export function readStandIn(
  directory: DataDirectory,
  number: number,
  manifest: NamespaceManifest | undefined,
): Promise<Tail> {
  // No trim comes between, and no catalog.
  return directory.logFiles.run(async () => {
    const { catalog, position } = await startOf(directory, manifest);
    let tail = createTail(catalog.byNumber(number) ?? { status: "active", quotas: {} });
    const log = joinPath(directory.path, "log");
    await readLog(directory.settings.logEnv, log, position, directory.appliedPosition, (found) => {
      if (found.namespace === number) tail.items.push(found);
      else if (found.namespace === CATALOG_NUMBER) tail = withRules(tail, catalog, found, number);
    });
    return tail;
  });
}

/**
 * Where the reading begins, and the catalog of about that moment: a log that was never trimmed says all by itself. Else both
 * checkpoints of a namespace hold what lies before the older catalog, or nothing was trimmed since the one that is left.
 */
async function startOf({ env, path, log }: DataDirectory, manifest: NamespaceManifest | undefined) {
  const nothing = { catalog: new Catalog(), position: 0 };
  if (log.start === 0 || manifest === undefined) return nothing;
  const [newest = 0] = await listManifests(env, path);
  const before = await readManifestBefore(env, path, newest);
  if (before === undefined) return nothing;
  const older = CatalogManifest.decode(before.message);
  const position = Math.max(log.start, Math.min(Number(older.logPosition), Number(manifest.logPosition)));
  return { catalog: Catalog.fromManifest(older), position };
}

/** Follows the catalog as far as it says something of one namespace, also where the catalog holds it already: entries lie before and after it. */
function withRules(tail: Tail, catalog: Catalog, found: ReplayedEntry, number: number): Tail {
  const { operation, timeMs } = LogEntry.decode(found.payload);
  if (operation?.$case === "updateNamespace" && operation.value.number === number) {
    tail.items.push(rulesOf(operation.value));
  }
  if (found.sequence <= catalog.sequence) return tail;
  const isApplied = catalog.apply({ operation, timeMs }, found.sequence).kind === "applied";
  if (operation?.$case !== "createNamespace" || !isApplied) return tail;
  const isOurs = catalog.byName(operation.value.name)?.number === number;
  return isOurs ? createTail({ status: "active", quotas: quotasOf(operation.value.quotas) }) : tail;
}
