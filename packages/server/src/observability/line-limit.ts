/** True when one more line may be written. */
export type LineLimit = () => boolean;

/** How many lines, in what time. */
export interface LineLimitOptions {
  readonly linesMax: number;
  readonly windowMs: number;
  /** Called at the end of a window that kept lines back. */
  readonly onSuppressed: (lines: number) => void;
}

/** Lets `linesMax` lines through in each window and counts the rest, so that one caller cannot fill a disk. */
export function createLineLimit({ linesMax, windowMs, onSuppressed }: LineLimitOptions): LineLimit {
  let running: NodeJS.Timeout | undefined;
  let lines = 0;
  const end = () => {
    const suppressed = lines - linesMax;
    running = undefined;
    lines = 0;
    if (suppressed > 0) onSuppressed(suppressed);
  };
  return () => {
    if (running === undefined) {
      running = setTimeout(end, windowMs);
      // It must not keep a process alive that is done.
      running.unref();
    }
    lines++;
    return lines <= linesMax;
  };
}
