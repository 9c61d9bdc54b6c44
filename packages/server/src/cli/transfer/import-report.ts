import { type Interruption, VecStoreError } from "@vecstore/client";
import type { RecordSource } from "../formats/row.js";
import { countText } from "../online/quantities.js";
import { withoutControls } from "../output.js";
import type { BadRowFile } from "./bad-rows.js";
import { type ImportState, removeState, writeState } from "./import-state.js";
import type { BadRow } from "./import-window.js";
import type { ImportCounts } from "./importer.js";
import { interruptionText } from "./interruption-text.js";
import { durationText, ProgressBar } from "./progress.js";

/** Bad rows that are printed; the others are in the file. */
const SHOWN_MAX = 10;

/** Between two writes of the state: what was done since comes again, and is not counted twice. */
const STATE_INTERVAL_MS = 1_000;

/** What a report is of. */
export interface ReportedImport {
  readonly source: RecordSource;
  /** Where the import goes on; undefined for a new one. */
  readonly from: ImportState | undefined;
  /** Absent: the state is not kept. */
  readonly statePath: string | undefined;
  readonly scope: ImportState["scope"];
  readonly badPath: string | undefined;
  readonly badRows: BadRowFile | undefined;
  /** Bad rows that are put up with. */
  readonly badMax: number;
}

const NOTHING: ImportCounts = { row: 0, answered: 0, imported: 0, bad: 0, resumeToken: "", waiting: 0 };

/** Keeps what an import tells: the state on the disk, the bad rows in their file, the bar on the terminal, and what is said at its end. */
export class ImportReport {
  readonly #of: ReportedImport;
  readonly #startMs = performance.now();
  readonly #bar = new ProgressBar(process.stderr.isTTY === true);
  #counts: ImportCounts;
  #reconnects = 0;
  /** How long the server was away, over all of these. */
  #awayMs = 0;
  #shown = 0;
  #stateMs = Number.NEGATIVE_INFINITY;
  #endMs = 0;

  constructor(of: ReportedImport) {
    this.#of = of;
    const { row, answered, imported, bad, resumeToken } = of.from ?? NOTHING;
    this.#counts = { row, answered, imported, bad, resumeToken, waiting: 0 };
  }

  /** Says where it goes on. */
  begin(): void {
    const { from } = this.#of;
    if (from !== undefined) this.#say(`goes on behind row ${countText(from.row)}, where it broke off`);
  }

  /** Takes rows that are through. @throws Error when too many are bad */
  readonly settled = (counts: ImportCounts, bad: readonly BadRow[]): void => {
    this.#counts = counts;
    this.#of.badRows?.append(bad);
    for (const row of bad) this.#show(row);
    const nowMs = performance.now();
    if (nowMs - this.#stateMs >= STATE_INTERVAL_MS) {
      this.#stateMs = nowMs;
      this.#keepState();
    }
    const rows = counts.imported + counts.bad;
    const elapsedMs = nowMs - this.#startMs;
    const { done, ...whole } = this.#of.source.progress();
    // The source was read ahead: what waits is not done.
    const through = (done * rows) / Math.max(1, rows + counts.waiting);
    if (counts.bad > this.#of.badMax)
      throw new Error(`${countText(counts.bad)} rows are bad; allowed: ${this.#of.badMax}`);
    this.#bar.draw({ ...whole, done: through, rows, rowsOfRun: rows - this.#rowsBefore(), elapsedMs });
  };

  /** Takes a server that is away, or is back. */
  readonly interruption = (interruption: Interruption): void => {
    if (interruption.state === "over") {
      this.#reconnects++;
      this.#awayMs += interruption.durationMs;
    }
    this.#say(interruptionText(interruption));
  };

  /** Takes the end: there is nothing to go on with. */
  finish(counts: ImportCounts): void {
    this.#counts = counts;
    this.#endMs = performance.now();
    this.#bar.clear();
    if (this.#of.statePath !== undefined) removeState(this.#of.statePath);
  }

  /**
   * Takes an end before the end.
   *
   * @returns what was written and how to go on; empty when nothing was done
   */
  breakOff(error: unknown): string {
    this.#bar.clear();
    const { statePath } = this.#of;
    const { imported, bad, row, resumeToken } = this.#counts;
    // Without an answer records may be written all the same, and the token knows of them; unless it was refused from the start.
    const isNothing = resumeToken === "" || (row === 0 && !mayPass(error));
    if (isNothing) {
      if (statePath !== undefined) removeState(statePath);
      return "";
    }
    this.#keepState();
    const done = `${countText(imported)} records are written, ${countText(bad)} rows were bad`;
    if (statePath === undefined) return `${done}.`;
    return `${done}. The same command goes on behind row ${countText(row)} (--restart begins anew).`;
  }

  /** The result for programs. */
  json(): Record<string, unknown> {
    const { imported, bad } = this.#counts;
    const seconds = this.#seconds();
    return {
      rows: imported + bad,
      imported,
      failed: bad,
      resumed_behind_row: this.#of.from?.row ?? 0,
      reconnects: this.#reconnects,
      away_ms: Math.round(this.#awayMs),
      bad_rows_file: bad > 0 ? (this.#of.badPath ?? null) : null,
      duration_ms: Math.round(seconds * 1000),
      rows_per_second: this.#rate(),
    };
  }

  /** The same for people. */
  text(): string {
    const { imported, bad } = this.#counts;
    const { from, badPath } = this.#of;
    const lines = [`${countText(imported + bad)} rows: ${countText(imported)} written, ${countText(bad)} bad.`];
    if (from !== undefined) lines.push(`Of these, ${countText(this.#rowsBefore())} by earlier runs.`);
    lines.push(`${durationText(this.#seconds() * 1000)}, ${countText(this.#rate())} rows/s.`);
    if (this.#reconnects > 0) {
      const times = this.#reconnects === 1 ? "once" : `${this.#reconnects} times`;
      lines.push(`The server was away ${times}, ${durationText(this.#awayMs)} in all; nothing was lost by that.`);
    }
    if (bad > 0 && badPath !== undefined) lines.push(`The bad rows are in ${badPath}.`);
    return `${lines.join("\n")}\n`;
  }

  #seconds(): number {
    return (this.#endMs - this.#startMs) / 1000;
  }

  #rate(): number {
    const { imported, bad } = this.#counts;
    return Math.round((imported + bad - this.#rowsBefore()) / Math.max(this.#seconds(), 0.001));
  }

  #rowsBefore(): number {
    const { imported = 0, bad = 0 } = this.#of.from ?? {};
    return imported + bad;
  }

  #keepState(): void {
    const { statePath, scope, badRows } = this.#of;
    if (statePath === undefined) return;
    const { row, resumeToken, answered, imported, bad } = this.#counts;
    writeState(statePath, { scope, row, resumeToken, answered, imported, bad, badBytes: badRows?.bytes ?? 0 });
  }

  #show({ row, id, reason, message }: BadRow): void {
    if (++this.#shown > SHOWN_MAX + 1) return;
    if (this.#shown > SHOWN_MAX) this.#say("further bad rows are not shown");
    else this.#say(`row ${row}${id === "" ? "" : `, id ${JSON.stringify(id)}`}: ${message} (${reason})`);
  }

  #say(text: string): void {
    this.#bar.clear();
    process.stderr.write(`vecstore import: ${withoutControls(text)}\n`);
  }
}

/** Whether the same import may go on later: the server did not refuse it for good, and who interrupted it may begin it again. */
function mayPass(error: unknown): boolean {
  return error instanceof VecStoreError && (error.retryable || error.reason === "CANCELED");
}
