import type { VecstoreError } from "@vecstore/engine";
import type { Record } from "../gen/vecstore/v1/record_pb.js";

/** Rows of an import that a door could not read as records, by the empty record that stands in the row's place. */
const problems = new WeakMap<Record, VecstoreError>();

/** Says that `row` stands for one that could not be read. */
export function markUnreadable(row: Record, error: VecstoreError): void {
  problems.set(row, error);
}

/** Why a row could not be read; undefined for a record. */
export function unreadable(row: Record): VecstoreError | undefined {
  return problems.get(row);
}
