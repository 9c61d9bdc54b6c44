import {
  type WriteMode as EngineMode,
  type RecordUpdate as EngineUpdate,
  type Target,
  VecstoreError,
} from "@vecstore/engine";
import { type RecordUpdate, WriteMode } from "../../gen/vecstore/v1/record_pb.js";
import { type FilterFields, filterFromWire } from "./filter.js";
import { fromTimestamp, fromUint64 } from "./numbers.js";
import { metadataFromWire } from "./record.js";

const MODES: Readonly<Record<WriteMode, EngineMode>> = {
  [WriteMode.UNSPECIFIED]: "upsert",
  [WriteMode.UPSERT]: "upsert",
  [WriteMode.INSERT_ONLY]: "insert_only",
  [WriteMode.UPDATE_ONLY]: "update_only",
};

/** @throws VecstoreError INVALID_ARGUMENT on a value that this server does not know */
export function modeFromWire(mode: WriteMode): EngineMode {
  const known = MODES[mode];
  if (known === undefined) throw new VecstoreError("INVALID_ARGUMENT", `mode ${mode} is unknown`);
  return known;
}

/** A partial change. `path` names it in errors, for example `updates[3]`. */
export function updateFromWire(update: RecordUpdate, path: string): EngineUpdate {
  if (update.clearText && update.text !== undefined) {
    throw new VecstoreError("INVALID_ARGUMENT", `${path} has both text and clear_text; send one of them`);
  }
  if (update.clearExpiresAt && update.expiresAt !== undefined) {
    throw new VecstoreError("INVALID_ARGUMENT", `${path} has both expires_at and clear_expires_at; send one of them`);
  }
  return {
    id: update.id,
    mergeMetadata: metadataFromWire(update.mergeMetadata),
    replaceMetadata: metadataFromWire(update.replaceMetadata),
    text: update.clearText ? null : update.text,
    expiresAtMs: update.clearExpiresAt ? null : fromTimestamp(update.expiresAt, `${path}.expires_at`),
    ifVersion: update.ifVersion === undefined ? undefined : fromUint64(update.ifVersion, `${path}.if_version`),
  };
}

/** What Delete, SoftDelete and Restore share. */
export interface TargetFields extends FilterFields {
  readonly ids: readonly string[];
  readonly all: boolean;
}

/** @throws VecstoreError MISSING_TARGET unless exactly one of ids, filter, filter_ast and all is set */
export function targetFromWire(request: TargetFields): Target {
  const filter = filterFromWire(request);
  const set = [request.ids.length > 0, filter !== undefined, request.all].filter(Boolean).length;
  if (set !== 1) {
    const got = set === 0 ? "none" : "several";
    throw new VecstoreError("MISSING_TARGET", `exactly one of ids, filter, filter_ast and all must be set; got ${got}`);
  }
  if (filter !== undefined) return { filter };
  return request.all ? { all: true } : { ids: request.ids };
}
