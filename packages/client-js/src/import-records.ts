import { toReason } from "./convert/error.js";
import { toRecord } from "./convert/record.js";
import { estimateBytes } from "./convert/record-bytes.js";
import { toMode } from "./convert/write.js";
import { invalidArgument } from "./errors.js";
import type { ImportRequest, ImportResponse, ImportFailure as WireFailure } from "./gen/vecstore/v1/transfer_pb.js";
import type { RecordInput } from "./model/record.js";
import type { ImportFailure, ImportOptions, ImportProgress } from "./model/transfer.js";
import type { Init } from "./wire/schema.js";

type Request = Init<ImportRequest>;

/** Sends the messages of an import, and gives the answers as they come. */
export type SendImport = (requests: AsyncIterable<Request>) => AsyncIterable<ImportResponse>;

/** Records of a message when the caller names no number: half the server's limit. */
const BATCH_SIZE_ABSENT = 500;
/** A message also ends here: a quarter of the server's limit, because the size is only estimated. */
const BATCH_BYTES = 8 * 1024 * 1024;

/**
 * Sends records as one stream and reports what becomes of them. The source is read no faster than the server takes.
 *
 * @returns the last progress
 * @throws  VecStoreError; whatever `records`, `onProgress` or `onFailure` throw
 */
export async function importRecords(
  records: Iterable<RecordInput> | AsyncIterable<RecordInput>,
  options: ImportOptions,
  namespace: string,
  send: SendImport,
): Promise<ImportProgress> {
  const source: { failed?: { readonly error: unknown } } = {};
  let last: ImportProgress | undefined;
  try {
    for await (const response of send(toRequests(records, options, namespace, source))) {
      last = fromResponse(response);
      for (const failure of response.failures) options.onFailure?.(fromFailure(failure));
      options.onProgress?.(last);
    }
  } catch (error) {
    // The transport says only that its input failed.
    throw source.failed === undefined ? error : source.failed.error;
  }
  // Nothing comes without an answer to the beginning, which is always sent.
  return last!;
}

/** The messages; what breaks while they are made goes to `source`, and not what the transport throws in when it ends. */
async function* toRequests(
  records: Iterable<RecordInput> | AsyncIterable<RecordInput>,
  options: ImportOptions,
  namespace: string,
  source: { failed?: { readonly error: unknown } },
): AsyncGenerator<Request> {
  const batches = toBatches(records, options, namespace);
  try {
    for (;;) {
      const result = await batches.next().catch((error: unknown) => {
        source.failed = { error };
        throw error;
      });
      if (result.done) return;
      yield result.value;
    }
  } finally {
    await batches.return(undefined);
  }
}

async function* toBatches(
  records: Iterable<RecordInput> | AsyncIterable<RecordInput>,
  { mode, resumeToken, batchSize = BATCH_SIZE_ABSENT }: ImportOptions,
  namespace: string,
): AsyncGenerator<Request> {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw invalidArgument(`batchSize is ${batchSize}; it must be an integer of 1 or more`);
  }
  // Its answer is a token, so that nothing is lost when the connection breaks in the first batch.
  yield { namespace, mode: mode === undefined ? undefined : toMode(mode), resumeToken };
  let batch: ReturnType<typeof toRecord>[] = [];
  let bytes = 0;
  let count = 0;
  for await (const record of records) {
    batch.push(toRecord(record, `records[${count++}]`));
    bytes += estimateBytes(record);
    if (batch.length < batchSize && bytes < BATCH_BYTES) continue;
    yield { records: batch };
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield { records: batch };
}

function fromResponse({ rows, imported, failed, resumeToken, sequence }: ImportResponse): ImportProgress {
  return {
    rows,
    imported,
    failed,
    resumeToken,
    sequence,
  };
}

function fromFailure({ row, id, reason, message }: WireFailure): ImportFailure {
  return { row, id, reason: toReason(reason), message };
}
