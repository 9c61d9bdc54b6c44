import type { ImportProgress, InterruptionOptions, NamespaceHandle, WriteMode } from "@vecstore/client";
import type { RecordSource } from "../formats/row.js";
import type { ImportState } from "./import-state.js";
import { type BadRow, ImportWindow } from "./import-window.js";

/** What an import is told. */
export interface ImporterOptions extends InterruptionOptions {
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
 * Imports a source as one stream of the server, which the client takes up again where the connection breaks off: no record is lost or
 * counted twice.
 *
 * @throws VecStoreError for what does not pass by itself, or lasted longer than `patienceMs`; whatever the source throws
 */
export async function importSource(
  handle: Pick<NamespaceHandle, "import">,
  source: RecordSource,
  options: ImporterOptions,
): Promise<ImportCounts> {
  const { from, onSettled, ...toClient } = options;
  const rows = source.rows(from?.row ?? 0)[Symbol.asyncIterator]();
  const window = new ImportWindow(rows, from?.answered ?? 0);
  const { row = 0, answered = 0, imported = 0, bad = 0, resumeToken = "" } = from ?? {};
  let counts: ImportCounts = { row, answered, imported, bad, resumeToken, waiting: 0 };
  const settle = (progress: Pick<ImportCounts, "answered" | "imported" | "resumeToken">) => {
    const settled = window.settle(progress.answered);
    const badRows = settled?.bad ?? [];
    counts = {
      ...progress,
      row: settled?.row ?? counts.row,
      bad: counts.bad + badRows.length,
      waiting: window.waiting,
    };
    onSettled(counts, badRows);
  };
  try {
    await handle.import(window.records(), {
      ...toClient,
      ...(resumeToken !== "" && { resumeToken }),
      onFailure: ({ row: number, ...failure }) => window.refuse(number, failure),
      onProgress: (progress: ImportProgress) =>
        settle({ answered: progress.rows, imported: progress.imported, resumeToken: progress.resumeToken }),
    });
    // What is left behind the last answer are rows that could not be read.
    settle(counts);
    return counts;
  } finally {
    // Not awaited: a source that waits for its next row, such as standard input, ends only when the caller closes it.
    rows.return?.(undefined).catch(() => undefined);
  }
}
