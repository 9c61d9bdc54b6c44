import { setTimeout as pause } from "node:timers/promises";
import type { ImportProgress, NamespaceHandle, VecStoreError, WriteMode } from "@vecstore/client";
import type { RecordSource } from "../formats/row.js";
import type { ImportState } from "./import-state.js";
import { type BadRow, ImportWindow } from "./import-window.js";
import { Reconnection } from "./reconnection.js";

/** What an import is told. */
export interface ImporterOptions {
  readonly mode: WriteMode;
  /** Records of a message. */
  readonly batchSize: number;
  /** How long a server that does not answer is waited for, from its last answer on. */
  readonly patienceMs: number;
  /** Where to go on; undefined for a new import. */
  readonly from: ImportState | undefined;
  readonly signal: AbortSignal;
  /** Told of the rows that are through, with the bad ones among them, after each answer. */
  readonly onSettled: (counts: ImportCounts, bad: readonly BadRow[]) => void;
  /** Told when the connection broke off and is made again. */
  readonly onReconnect: (error: VecStoreError, delayMs: number) => void;
}

/** How far an import is. */
export interface ImportCounts {
  /** Number of the last row of the source that is through. */
  readonly row: number;
  /** Records that the server has answered. */
  readonly answered: number;
  readonly imported: number;
  /** Rows that were not written, because the server refused them or they could not be read. */
  readonly bad: number;
  /** Goes on behind `row`. */
  readonly resumeToken: string;
  /** Rows that were read and are not through. */
  readonly waiting: number;
}

/**
 * Imports a source as one stream of the server. When the connection breaks off, or the server says that it cannot go on for now, the
 * import goes on over another one, behind what was answered: no record is lost or counted twice.
 *
 * @throws VecStoreError for what does not pass by itself, or lasted longer than `patienceMs`; whatever the source throws
 */
export async function importSource(
  handle: Pick<NamespaceHandle, "import">,
  source: RecordSource,
  options: ImporterOptions,
): Promise<ImportCounts> {
  const rows = source.rows(options.from?.row ?? 0)[Symbol.asyncIterator]();
  const run = new ImportRun(new ImportWindow(rows, options.from?.answered ?? 0), options);
  try {
    return await run.toEnd(handle);
  } finally {
    await rows.return?.(undefined);
  }
}

class ImportRun {
  readonly #window: ImportWindow;
  readonly #options: ImporterOptions;
  readonly #reconnection: Reconnection;
  #counts: ImportCounts;

  constructor(window: ImportWindow, options: ImporterOptions) {
    this.#window = window;
    this.#options = options;
    this.#reconnection = new Reconnection(options.patienceMs);
    const { row = 0, answered = 0, imported = 0, bad = 0, resumeToken = "" } = options.from ?? {};
    this.#counts = { row, answered, imported, bad, resumeToken, waiting: 0 };
  }

  async toEnd(handle: Pick<NamespaceHandle, "import">): Promise<ImportCounts> {
    for (;;) {
      try {
        await this.#stream(handle);
        // What is left behind the last answer are rows that could not be read.
        this.#settle(this.#counts);
        return this.#counts;
      } catch (error) {
        await this.#waitOrThrow(error);
      }
    }
  }

  async #stream(handle: Pick<NamespaceHandle, "import">): Promise<void> {
    const { mode, batchSize, signal } = this.#options;
    const { resumeToken } = this.#counts;
    await handle.import(this.#window.records(), {
      mode,
      batchSize,
      signal,
      ...(resumeToken !== "" && { resumeToken }),
      onFailure: ({ row, ...failure }) => this.#window.refuse(row, failure),
      onProgress: (progress) => this.#answered(progress),
    });
  }

  #answered({ rows, imported, resumeToken }: ImportProgress): void {
    this.#reconnection.answered();
    this.#settle({ answered: rows, imported, resumeToken });
  }

  #settle(progress: Pick<ImportCounts, "answered" | "imported" | "resumeToken">): void {
    const { answered, imported, resumeToken } = progress;
    const settled = this.#window.settle(answered);
    const { row, bad } = settled ?? { row: this.#counts.row, bad: [] };
    const { waiting } = this.#window;
    this.#counts = { row, answered, imported, bad: this.#counts.bad + bad.length, resumeToken, waiting };
    this.#options.onSettled(this.#counts, bad);
  }

  /** Returns when it is time to try again. */
  async #waitOrThrow(thrown: unknown): Promise<void> {
    const { signal, onReconnect } = this.#options;
    const { error, delayMs } = this.#reconnection.delayAfter(thrown, signal.aborted);
    onReconnect(error, delayMs);
    await pause(delayMs, undefined, { signal });
  }
}
