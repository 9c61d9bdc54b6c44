import { invalidArgument } from "../errors.js";
import { WriteMode as WireMode } from "../gen/vecstore/v1/record_pb.js";
import type { UpdateResponse, UpsertRequest, UpsertResponse } from "../gen/vecstore/v1/write_pb.js";
import type { RecordInput } from "../model/record.js";
import type { Target, UpdateResult, UpsertResult, WriteMode } from "../model/write.js";
import type { Init } from "../wire/schema.js";
import { toFilterFields } from "./filter.js";
import { toRecord } from "./record.js";
import { toId, toUtf8Safe } from "./text.js";

const WRITE_MODES: Readonly<Record<WriteMode, WireMode>> = {
  upsert: WireMode.UPSERT,
  insert_only: WireMode.INSERT_ONLY,
  update_only: WireMode.UPDATE_ONLY,
};

/** The fields of a batch apart from its records. */
export interface UpsertFields {
  readonly namespace: string;
  readonly mode?: WriteMode | undefined;
  readonly idempotencyKey?: string | undefined;
}

/**
 * Turns a batch into its message.
 *
 * @throws VecStoreError invalid_argument for what the message cannot hold
 */
export function toUpsert(records: readonly RecordInput<object>[], fields: UpsertFields): Init<UpsertRequest> {
  return {
    ...toUpsertFields(fields),
    records: records.map((record, position) => toRecord(record, `records[${position}]`)),
  };
}

/** The fields of a batch apart from its records, as its message has them. */
export function toUpsertFields({ namespace, mode, idempotencyKey }: UpsertFields): Init<UpsertRequest> {
  return {
    namespace,
    mode: mode === undefined ? undefined : toMode(mode),
    idempotencyKey: idempotencyKey === undefined ? undefined : toUtf8Safe(idempotencyKey, "idempotencyKey"),
  };
}

/** Turns the outcome of a batch. */
export function fromUpsert(response: UpsertResponse): UpsertResult {
  const { upserted, inserted, sequence, versions } = response;
  return { upserted, inserted, sequence, versions };
}

/** Turns the outcome of an update. */
export function fromUpdate(response: UpdateResponse): UpdateResult {
  const { updated, sequence, versions } = response;
  return { updated, sequence, versions };
}

/**
 * Turns a target into the fields that delete, softDelete and restore share; the server refuses a target that is empty.
 *
 * @throws VecStoreError invalid_argument for what the message cannot hold
 */
export function toTarget(target: Target | readonly string[], namespace: string) {
  const { ids, filter, all }: Target = isIds(target) ? { ids: target } : target;
  return {
    namespace,
    ids: ids?.map((id, position) => toId(id, `ids[${position}]`)),
    ...toFilterFields(filter),
    all,
  };
}

function isIds(target: Target | readonly string[]): target is readonly string[] {
  return Array.isArray(target);
}

/** @throws VecStoreError INVALID_ARGUMENT on a mode that there is not */
export function toMode(mode: WriteMode): WireMode {
  const wire = WRITE_MODES[mode];
  if (wire === undefined)
    throw invalidArgument(`mode is ${JSON.stringify(mode)}; use upsert, insert_only or update_only`);
  return wire;
}
