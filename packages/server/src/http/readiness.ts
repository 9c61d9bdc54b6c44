import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type NamespacedVecStore, VecstoreError } from "@vecstore/engine";
import type { Lifecycle } from "../lifecycle.js";

/** What a probe looks at. */
export interface ReadinessOptions {
  readonly lifecycle: Lifecycle;
  readonly directory: () => NamespacedVecStore | undefined;
  /** Where a file is written to see whether the disk takes it. */
  readonly dataDir: string;
}

/** Probes may come often, and each writes a file. */
const PROBE_MS_KEPT = 1_000;
/** Not a name of the engine's: its directories are never touched. */
const PROBE_FILE = ".ready-probe";

/**
 * Makes the probe behind /ready and the gRPC health service: a real query runs and the disk takes a file.
 *
 * @returns a function that resolves to undefined when all is well, else to what is not
 */
export function createProbe({ lifecycle, directory, dataDir }: ReadinessOptions): () => Promise<string | undefined> {
  let kept: { readonly at: number; readonly problem: Promise<string | undefined> } | undefined;
  return async () => {
    const store = directory();
    if (lifecycle.phase !== "ready" || store === undefined) return lifecycle.phase;
    const now = performance.now();
    if (kept === undefined || now - kept.at > PROBE_MS_KEPT) kept = { at: now, problem: probe(store, dataDir) };
    return kept.problem;
  };
}

async function probe(directory: NamespacedVecStore, dataDir: string): Promise<string | undefined> {
  try {
    const store = await directory.namespace("default");
    const vector = new Float32Array(store.info.config.dimension ?? 1);
    vector[0] = 1;
    await store.query({ vector, limit: 1, includeMetadata: false });
  } catch (error) {
    // One damaged namespace must not take the others away.
    if (!(error instanceof VecstoreError) || error.reason !== "DATA_CORRUPTED") {
      return `a query failed: ${(error as Error).message}`;
    }
  }
  const path = join(dataDir, PROBE_FILE);
  try {
    await writeFile(path, "probe");
    await rm(path, { force: true });
  } catch (error) {
    return `the disk takes no writes: ${(error as NodeJS.ErrnoException).code ?? "unknown"}`;
  }
  return undefined;
}
