/**
 * Lets the event loop serve what waits, then returns: called between the steps of long work on the main thread.
 * A macrotask, since a promise alone would starve sockets and timers.
 */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else breatheByMessage(resolve);
  });
}

/** In browsers: setTimeout is clamped to 4 ms after a few calls, a message is not. */
function breatheByMessage(resolve: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    resolve();
  };
  port2.postMessage(undefined);
}

/** Returns after `ms` milliseconds; keeps the process alive until then, for a caller that waits for the result. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Returns after `ms` milliseconds; does not keep a process alive by itself. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer: unknown = setTimeout(resolve, ms);
    (timer as { unref?: () => void }).unref?.();
  });
}
