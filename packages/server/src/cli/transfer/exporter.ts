import { setTimeout as pause } from "node:timers/promises";
import type { ExportOptions, NamespaceHandle, StoredRecord, VecStoreError } from "@vecstore/client";
import { Reconnection } from "./reconnection.js";

/** What an export is told beside what to export. */
export interface ExporterOptions extends ExportOptions {
  /** How long a server that does not answer is waited for, from its last record on. */
  readonly patienceMs: number;
  /** Told when the connection broke off and is made again. */
  readonly onReconnect: (error: VecStoreError, delayMs: number) => void;
}

/**
 * The records of an export by ascending id, each once. When the connection breaks off it goes on over another one; what was written
 * to the namespace meanwhile is then in the rest.
 *
 * @throws VecStoreError for what does not pass by itself, or lasted longer than `patienceMs`
 */
export async function* exportRecords(
  handle: Pick<NamespaceHandle, "export">,
  { patienceMs, onReconnect, ...options }: ExporterOptions,
): AsyncGenerator<StoredRecord, void, undefined> {
  let resumeToken: string | undefined;
  let lastId: Buffer | undefined;
  const reconnection = new Reconnection(patienceMs);
  for (;;) {
    const reading = handle.export({ ...options, ...(resumeToken !== undefined && { resumeToken }) });
    try {
      for await (const record of reading) {
        const id = Buffer.from(record.id);
        // Records of a chunk that broke off come again.
        if (lastId !== undefined && Buffer.compare(id, lastId) <= 0) continue;
        lastId = id;
        reconnection.answered();
        yield record;
      }
      return;
    } catch (thrown) {
      const { error, delayMs } = reconnection.delayAfter(thrown, options.signal?.aborted ?? false);
      resumeToken = reading.resumeToken ?? resumeToken;
      onReconnect(error, delayMs);
      await pause(delayMs, undefined, { signal: options.signal });
    }
  }
}
