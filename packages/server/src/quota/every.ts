/**
 * Runs work again and again, never twice at once, and keeps no process alive by it.
 *
 * @param run  may reject; `onError` is told, and the next turn comes all the same
 * @returns ends it; resolves when what runs has ended
 */
export function every(intervalMs: number, run: () => Promise<void>, onError: (error: unknown) => void) {
  let running: Promise<void> | undefined;
  const turn = () => {
    running ??= run()
      .catch(onError)
      .finally(() => {
        running = undefined;
      });
  };
  const timer = setInterval(turn, intervalMs);
  timer.unref();
  return async (): Promise<void> => {
    clearInterval(timer);
    await running;
  };
}
