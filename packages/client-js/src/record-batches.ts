import { refusing } from "./convert/message.js";
import { toRecord } from "./convert/record.js";
import { invalidArgument } from "./errors.js";
import { Record as WireRecord } from "./gen/vecstore/v1/record_pb.js";
import type { RecordInput, RecordSource } from "./model/record.js";
import { BatchWriter } from "./wire/batch-writer.js";

/** Records of a batch when the caller names no number: half the server's limit. */
const BATCH_SIZE_ABSENT = 500;
/** A quarter of the server's limit of a message, so that some of them fit into memory side by side. */
const BATCH_BYTES_ABSENT = 8 * 1024 * 1024;
/** Of the records in the requests of Upsert and Import, which is the same. */
const RECORDS_FIELD = 2;

/** Records that are sent together, as they travel. */
export interface RecordBatch {
  /** Position of the batch, from 0. */
  readonly number: number;
  /** Position of its first record in the input. */
  readonly start: number;
  readonly count: number;
  /** Of the records, where a batch holds an id only once; else empty. */
  readonly ids: ReadonlySet<string>;
  /** The field `records` of the request, whose other fields are `rest`. */
  readonly message: Uint8Array<ArrayBuffer>;
}

/** How large batches are. */
export interface BatchSizes {
  /** Records, 1 or more. */
  readonly batchSize?: number | undefined;
  /** Bytes, 1 or more. */
  readonly batchBytes?: number | undefined;
}

/** What batches are made for. */
export interface BatchRules {
  /** The other fields of a batch's request, written. */
  readonly rest: (number: number) => Uint8Array;
  /** Whether a batch holds an id only once. */
  readonly distinct: boolean;
}

/**
 * Cuts records into batches by number and bytes. Each is written when it comes, so its parts may be used again at once.
 *
 * @throws VecStoreError of a record that cannot be written, by its position in the input; whatever `records` throw
 */
export async function* toBatches(
  records: RecordSource<object>,
  { batchSize = BATCH_SIZE_ABSENT, batchBytes = BATCH_BYTES_ABSENT }: BatchSizes,
  { rest, distinct }: BatchRules,
): AsyncGenerator<RecordBatch, void, undefined> {
  atLeastOne(batchSize, "batchSize");
  atLeastOne(batchBytes, "batchBytes");
  const writer = new BatchWriter(WireRecord, RECORDS_FIELD);
  let [number, start, count] = [0, 0, 0];
  let ids = new Set<string>();
  const take = (): RecordBatch => {
    const batch = { number, start, count, ids, message: writer.take(rest(number)) };
    [number, start, count, ids] = [number + 1, start + count, 0, new Set()];
    return batch;
  };
  for await (const record of records) {
    const bytes = hold(writer, record, start + count);
    if (count > 0 && ((distinct && ids.has(record.id)) || writer.bytes + bytes > batchBytes)) yield take();
    writer.keep();
    if (distinct) ids.add(record.id);
    if (++count === batchSize) yield take();
  }
  if (count > 0) yield take();
}

function hold(writer: BatchWriter<WireRecord>, record: RecordInput<object>, position: number): number {
  const name = `records[${position}]`;
  return refusing(`${name}.`, () => writer.hold(toRecord(record, name)));
}

/** @throws VecStoreError INVALID_ARGUMENT */
export function atLeastOne(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw invalidArgument(`${name} is ${value}; it must be an integer of 1 or more`);
}
