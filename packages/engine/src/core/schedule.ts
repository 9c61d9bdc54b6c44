/** Nodes linked between two looks at the clock; an insert takes 0.1 to 1 ms. */
const INSERTS_PER_LOOK = 1;

/** The part of a host's globals that yields to the event loop; Node has setImmediate, browsers MessageChannel. */
type Immediate = (run: () => void) => void;

/** Runs `run` in a later turn of the event loop, after waiting input and output had theirs. */
export const later: Immediate = createLater();

function createLater(): Immediate {
  const { setImmediate } = globalThis as { setImmediate?: Immediate };
  if (setImmediate) return (run) => setImmediate(run);
  const waiting: (() => void)[] = [];
  const channel = new MessageChannel();
  channel.port1.onmessage = () => waiting.shift()?.();
  return (run) => {
    waiting.push(run);
    channel.port2.postMessage(undefined);
  };
}

/**
 * Calls `insert` until it says that nothing was done, or `budgetMs` have passed.
 *
 * @param insert  links up to so many nodes; returns how many it linked
 * @returns       false when nothing is left to do
 */
export function runSlice(insert: (most: number) => number, budgetMs: number): boolean {
  const end = performance.now() + budgetMs;
  do {
    if (insert(INSERTS_PER_LOOK) < INSERTS_PER_LOOK) return false;
  } while (performance.now() < end);
  return true;
}
