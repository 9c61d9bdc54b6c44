import type { ExportOptions, NamespaceHandle, StoredRecord } from "@vecstore/client";
import { Reconnection, type ReconnectionOptions } from "./reconnection.js";

/** What an export is told beside what to export. */
export type ExporterOptions = ExportOptions & ReconnectionOptions;

/**
 * The records of an export by ascending id, each once. When the connection breaks off it goes on over another one; what was written
 * to the namespace meanwhile is then in the rest.
 *
 * @throws VecStoreError for what does not pass by itself, or lasted longer than `patienceMs`
 */
export async function* exportRecords(
  handle: Pick<NamespaceHandle, "export">,
  options: ExporterOptions,
): AsyncGenerator<StoredRecord, void, undefined> {
  const { patienceMs, onReconnect, clock, ...toExport } = options;
  let resumeToken: string | undefined;
  let lastId: Buffer | undefined;
  const reconnection = new Reconnection(options);
  for (;;) {
    const reading = handle.export({ ...toExport, ...(resumeToken !== undefined && { resumeToken }) });
    try {
      for await (const record of reading) {
        const id = Buffer.from(record.id);
        // Records of a chunk that broke off come again.
        if (lastId !== undefined && Buffer.compare(id, lastId) <= 0) continue;
        lastId = id;
        reconnection.done();
        yield record;
      }
      return;
    } catch (error) {
      await reconnection.waitAfter(error);
      resumeToken = reading.resumeToken ?? resumeToken;
    }
  }
}
