import type { ErrorReason, RecordInput } from "@vecstore/client";
import type { SourceRow } from "../formats/row.js";

/** A row that was not written, and why. */
export interface BadRow {
  readonly row: number;
  /** Empty when it could not be read. */
  readonly id: string;
  readonly reason: ErrorReason;
  readonly message: string;
  /** As it stands in the source; absent when the source has no such thing. */
  readonly source?: unknown;
}

/** A row between the source and the server's answer. */
interface Waiting {
  readonly row: number;
  /** Undefined for a row that could not be read, which the server never sees. */
  readonly record: RecordInput | undefined;
  /** The server's number of the record, the first is 1; of a row that could not be read, that of the record before. */
  readonly number: number;
  readonly source: unknown;
  bad: BadRow | undefined;
}

/** The rows that were read and not yet answered. The server counts the records that it was sent, and this is where its numbers become those of the source. */
export class ImportWindow {
  readonly #rows: AsyncIterator<SourceRow>;
  #waiting: Waiting[] = [];
  /** The number of the last record that was read. */
  #lastNumber: number;

  /** @param answered  records that the server had answered when the source began to be read */
  constructor(rows: AsyncIterator<SourceRow>, answered: number) {
    this.#rows = rows;
    this.#lastNumber = answered;
  }

  /** Rows that were read and are not settled. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** The records of the source, each once. */
  async *records(): AsyncGenerator<RecordInput, void, undefined> {
    for (let next = await this.#rows.next(); !next.done; next = await this.#rows.next()) {
      const { record } = next.value;
      if (record !== undefined) this.#lastNumber++;
      this.#waiting.push(waitingOf(next.value, this.#lastNumber));
      if (record !== undefined) yield record;
    }
  }

  /** Notes that the server refused a record. @param number  the server's; the first record is 1 */
  refuse(number: number, failure: Pick<BadRow, "id" | "reason" | "message">): void {
    const waiting = this.#waiting.find((each) => each.record !== undefined && each.number === number);
    if (waiting !== undefined) waiting.bad = { row: waiting.row, ...failure, source: waiting.source };
  }

  /**
   * Lets go of the rows up to the last one that the server has answered, and of unreadable ones right behind it.
   *
   * @param answered  records that it has answered, in all
   * @returns         the number of the last row, and the bad rows among them in their order; undefined when there is none
   */
  settle(answered: number): { readonly row: number; readonly bad: BadRow[] } | undefined {
    const found = this.#waiting.findIndex(({ record, number }) => record !== undefined && number > answered);
    const count = found < 0 ? this.#waiting.length : found;
    const settled = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    const last = settled.at(-1);
    return last && { row: last.row, bad: settled.flatMap(({ bad }) => bad ?? []) };
  }
}

function waitingOf({ row, record, problem, source }: SourceRow, number: number): Waiting {
  if (problem === undefined) return { row, record, number, source, bad: undefined };
  const { reason, message } = problem;
  return { row, record: undefined, number, source, bad: { row, id: idIn(source), reason, message, source } };
}

/** The id of a row that is no record, where it can be told. */
function idIn(source: unknown): string {
  let value = source;
  if (typeof source === "string") {
    try {
      value = JSON.parse(source);
    } catch {
      return "";
    }
  }
  const id = (value as { id?: unknown } | null)?.id;
  return typeof id === "string" ? id.slice(0, 512) : "";
}
