/** Threads beside the calling one that are started unless a caller says otherwise: more gain little on one graph. */
const THREADS_MAX = 8;

/** What `threads` is when nobody says: one less than the processor has, since the calling thread works too; 1..8. */
export function defaultThreads(): number {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const os = process?.getBuiltinModule?.("node:os") as typeof import("node:os") | undefined;
  return Math.min(THREADS_MAX, Math.max(1, (os?.availableParallelism() ?? 1) - 1));
}
