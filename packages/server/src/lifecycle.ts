/** What the server is doing. */
export type Phase = "starting" | "ready" | "draining";

/** The phase, for those who ask and those who wait. */
export interface Lifecycle {
  readonly phase: Phase;
  enter(phase: Phase): void;
  /** Calls `listener` at each change until the returned function is called. */
  onChange(listener: () => void): () => void;
}

/** Begins in `starting`. */
export function createLifecycle(): Lifecycle {
  let phase: Phase = "starting";
  const listeners = new Set<() => void>();
  return {
    get phase() {
      return phase;
    },
    enter(next) {
      phase = next;
      for (const listener of [...listeners]) listener();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
