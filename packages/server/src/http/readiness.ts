import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MemoryEnv, type NamespacedVecStore, VecStore, VecstoreError } from "@vecstore/engine";
import type { Lifecycle } from "../lifecycle.js";

/** What a probe looks at. */
export interface ReadinessOptions {
  readonly lifecycle: Lifecycle;
  readonly directory: () => NamespacedVecStore | undefined;
  /** Where a file is written to see whether the disk takes it. */
  readonly dataDir: string;
  /** Why the store takes no more writes, if its log stopped. */
  readonly stopped: () => string | undefined;
  /** How long a probe may take, milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
}

/** What is wrong; undefined when all is well. */
type Problem = string | undefined;

/** Probes may come often, and each writes a file. */
const PROBE_MS_KEPT = 1_000;
/** A disk that hangs answers nobody: neither may the probe then. */
const PROBE_MS_MAX = 5_000;
/** Not a name of the engine's: its directories are never touched. */
const PROBE_FILE = ".ready-probe";

/**
 * Makes the probe behind /ready and the gRPC health service: a real query runs and the disk takes a file.
 *
 * @returns a function that resolves to undefined when all is well, else to what is not
 */
export function createProbe(options: ReadinessOptions): () => Promise<Problem> {
  const { lifecycle, directory, stopped, timeoutMs = PROBE_MS_MAX } = options;
  const spare = createSpare();
  let kept: { readonly at: number; readonly problem: Promise<Problem> } | undefined;
  let isRunning = false;
  return async () => {
    const store = directory();
    if (lifecycle.phase !== "ready" || store === undefined) return lifecycle.phase;
    const why = stopped();
    if (why !== undefined) return why;
    const now = performance.now();
    if (kept !== undefined && (isRunning || now - kept.at <= PROBE_MS_KEPT)) return kept.problem;
    isRunning = true;
    const probing = probe(store, options.dataDir, spare).finally(() => {
      isRunning = false;
    });
    kept = { at: now, problem: inTime(probing, timeoutMs) };
    return kept.problem;
  };
}

async function probe(directory: NamespacedVecStore, dataDir: string, spare: () => Promise<VecStore>): Promise<Problem> {
  try {
    await query(await probedStore(directory, spare)).catch(async (error: unknown) => {
      // One damaged namespace must not take the others away.
      if (!(error instanceof VecstoreError) || error.reason !== "DATA_CORRUPTED") throw error;
      await query(await spare());
    });
  } catch (error) {
    return `a query failed: ${(error as Error).message}`;
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

/** An admin who suspends `default` has not made the server unfit for the other namespaces. */
function probedStore(directory: NamespacedVecStore, spare: () => Promise<VecStore>): Promise<VecStore> {
  return directory.getNamespace("default").status === "suspended" ? spare() : directory.namespace("default");
}

async function query(store: VecStore): Promise<void> {
  const vector = new Float32Array(store.info.config.dimension ?? 1);
  vector[0] = 1;
  await store.query({ vector, limit: 1, includeMetadata: false, uncounted: true });
}

/** A store of one record in memory, made when it is first asked for. */
function createSpare(): () => Promise<VecStore> {
  let made: Promise<VecStore> | undefined;
  const make = async () => {
    const store = await VecStore.open("probe", { env: new MemoryEnv(), threads: 0, memoryForVectors: 1 });
    await store.upsert([{ id: "probe", vector: [1] }]);
    return store;
  };
  return () => {
    made ??= make();
    return made;
  };
}

function inTime(probing: Promise<Problem>, timeoutMs: number): Promise<Problem> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(`a query or the disk did not answer within ${timeoutMs} ms`), timeoutMs);
    late.unref();
    void probing.then((problem) => {
      clearTimeout(late);
      resolve(problem);
    });
  });
}
