import { type ErrorDetails, type ErrorReason, VecstoreError } from "../errors.js";

/** What an applied entry did. */
export interface Applied {
  readonly kind: "applied";
  /** Namespace sequence of the entry that did it. */
  readonly sequence: number;
  /** Records written, deleted, hidden or brought back. */
  readonly affected: number;
  /** Of these, ids that were not there before. */
  readonly inserted: number;
}

/** Why an entry changed nothing. */
export interface Rejected {
  readonly kind: "rejected";
  readonly reason: ErrorReason;
  readonly message: string;
  readonly details: ErrorDetails;
}

/** The outcome of a log entry: as deterministic as the rest of the state. */
export type Outcome = Applied | Rejected;

/** Makes the outcome of an entry that was applied. */
export function applied(sequence: number, affected: number, inserted = 0): Applied {
  return { kind: "applied", sequence, affected, inserted };
}

/** Makes the outcome of an entry that changed nothing. */
export function rejected(reason: ErrorReason, message: string, details: ErrorDetails = {}): Rejected {
  return { kind: "rejected", reason, message, details };
}

/**
 * Turns a rejection into the error its writer sees.
 *
 * @throws VecstoreError with the rejection's reason
 */
export function appliedOrThrow(outcome: Outcome): Applied {
  if (outcome.kind === "applied") return outcome;
  throw new VecstoreError(outcome.reason, outcome.message, outcome.details);
}
