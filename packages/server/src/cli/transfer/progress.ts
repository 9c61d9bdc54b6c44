import type { SourceProgress } from "../formats/row.js";
import { countText } from "../online/quantities.js";

/** Where a transfer is. */
export interface TransferProgress extends SourceProgress {
  /** Records or rows that are through. */
  readonly rows: number;
  /** Of these, how many this run has done: the rate is of these. */
  readonly rowsOfRun: number;
  /** Since this run began. */
  readonly elapsedMs: number;
}

const BAR = 24;

/** How often the bar is drawn. */
const DRAW_MS = 100;

/** One line: a bar and the share where the whole is known, the rows, the rate, and the time that is left. */
export function progressLine({ done, total, rows, rowsOfRun, elapsedMs }: TransferProgress): string {
  const rate = elapsedMs > 0 ? (rowsOfRun / elapsedMs) * 1000 : 0;
  const counts = `${countText(rows)} rows  ${countText(Math.round(rate))} rows/s`;
  if (total === undefined || total === 0) return `${counts}  ${durationText(elapsedMs)}`;
  const share = Math.min(1, done / total);
  const filled = Math.round(share * BAR);
  const bar = `[${"=".repeat(filled)}${" ".repeat(BAR - filled)}] ${String(Math.floor(share * 100)).padStart(3)} %`;
  const left = rowsOfRun === 0 || share === 0 ? "-" : durationText((elapsedMs * (1 - share)) / share);
  return `${bar}  ${counts}  ETA ${left}`;
}

/** A time such as `0:07`, `12:30` or `1:02:03`. */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, at) => (at === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

/** Draws the line over itself on a terminal; nothing elsewhere. */
export class ProgressBar {
  readonly #isShown: boolean;
  #drawnMs = Number.NEGATIVE_INFINITY;
  #width = 0;

  /** @param isShown  whether standard error is a terminal that wants it */
  constructor(isShown: boolean) {
    this.#isShown = isShown;
  }

  /** Draws, if the last time is long enough ago. */
  draw(progress: TransferProgress): void {
    if (!this.#isShown || progress.elapsedMs - this.#drawnMs < DRAW_MS) return;
    this.#drawnMs = progress.elapsedMs;
    const line = progressLine(progress);
    process.stderr.write(`\r${line.padEnd(this.#width)}`);
    this.#width = line.length;
  }

  /** Removes the line, so that others can be printed. */
  clear(): void {
    if (this.#width === 0) return;
    process.stderr.write(`\r${" ".repeat(this.#width)}\r`);
    this.#width = 0;
  }
}
