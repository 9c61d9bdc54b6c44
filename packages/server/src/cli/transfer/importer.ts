import type { ImportProgress, NamespaceHandle, WriteMode } from "@vecstore/client";
import type { RecordSource } from "../formats/row.js";
import type { ImportState } from "./import-state.js";
import { type BadRow, ImportWindow } from "./import-window.js";
import { Reconnection, type ReconnectionOptions } from "./reconnection.js";

/** What an import is told. */
export interface ImporterOptions extends ReconnectionOptions {
  readonly mode: WriteMode;
  /** Records of a message. */
  readonly batchSize: number;
  /** Where to go on; undefined for a new import. */
  readonly from: ImportState | undefined;
  readonly signal: AbortSignal;
  /** Told of the rows that are through, with the bad ones among them, after each answer. */
  readonly onSettled: (counts: ImportCounts, bad: readonly BadRow[]) => void;
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
    // Not awaited: a source that waits for its next row, such as standard input, ends only when the caller closes it.
    rows.return?.(undefined).catch(() => undefined);
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
    this.#reconnection = new Reconnection(options);
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
        await this.#reconnection.waitAfter(error);
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
      // It is begun again here, where the state is kept and people are told.
      patienceMs: 0,
      ...(resumeToken !== "" && { resumeToken }),
      onFailure: ({ row, ...failure }) => this.#window.refuse(row, failure),
      onProgress: (progress) => this.#answered(progress),
    });
  }

  #answered({ rows, imported, resumeToken }: ImportProgress): void {
    // The answer to a beginning is no progress: else a connection that breaks at the same record each time would be made for ever.
    if (rows > this.#counts.answered) this.#reconnection.done();
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
}
