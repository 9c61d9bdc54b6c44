const PATIENCE_MS = 20_000;
const POLL_MS = 5;

/** Waits until something is so, by looking at it. @throws Error when it is not within 20 s */
export async function until(look: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (!look()) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${PATIENCE_MS / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
