import { RowError } from "./row.js";

const QUOTE = '"';
const QUOTE_CODE = 0x22;
const LF_CODE = 0x0a;

/** A record of a CSV file, not yet cut into cells. */
export interface CsvRecord {
  /** The line that it begins in; the first is 1. */
  readonly line: number;
  /** As it stands in the file, without its end. */
  readonly source: string;
}

/**
 * Cuts CSV (RFC 4180) that comes in pieces into records. A record ends at a line break outside quotes, LF or CRLF. Empty lines are no
 * records.
 */
export class CsvSplitter {
  readonly #charsMax: number;
  #rest = "";
  /** Of `#rest`, how much was looked at, and whether it ended within quotes. */
  #scanned = 0;
  #isQuoted = false;
  #line = 1;

  /** @param charsMax  of one record, about */
  constructor(charsMax: number) {
    this.#charsMax = charsMax;
  }

  /**
   * The records that end in this piece.
   *
   * @throws RowError for one that is too long: what comes behind it cannot be told apart
   */
  *push(piece: string): Generator<CsvRecord, void, undefined> {
    this.#rest += piece;
    let from = 0;
    for (let end = this.#nextEnd(); end >= 0; end = this.#nextEnd()) {
      yield* this.#recordIn(from, end);
      from = end + 1;
    }
    this.#rest = this.#rest.slice(from);
    this.#scanned -= from;
    if (this.#rest.length <= this.#charsMax) return;
    const problem = `the record of line ${this.#line} has more than ${this.#charsMax} characters; is a quote missing?`;
    throw new RowError("MESSAGE_TOO_LARGE", problem);
  }

  /** The last record, if the file ends without a line break. */
  *end(): Generator<CsvRecord, void, undefined> {
    yield* this.#recordIn(0, this.#rest.length);
    this.#rest = "";
  }

  /** Position of the next line break outside quotes; -1 when it has not come. */
  #nextEnd(): number {
    for (let at = this.#scanned; at < this.#rest.length; at++) {
      const code = this.#rest.charCodeAt(at);
      if (code === QUOTE_CODE) this.#isQuoted = !this.#isQuoted;
      else if (code === LF_CODE && !this.#isQuoted) {
        this.#scanned = at + 1;
        return at;
      }
    }
    this.#scanned = this.#rest.length;
    return -1;
  }

  *#recordIn(from: number, end: number): Generator<CsvRecord, void, undefined> {
    const text = this.#rest.slice(from, end);
    const line = this.#line;
    this.#line += text.split("\n").length;
    const source = text.endsWith("\r") ? text.slice(0, -1) : text;
    if (source !== "") yield { line, source };
  }
}

/**
 * The cells of a record: those in quotes may hold the delimiter, line breaks, and quotes, which are written twice.
 *
 * @throws RowError
 */
export function cellsOf(source: string, delimiter: string): string[] {
  const cells: string[] = [];
  for (let at = 0; ; ) {
    const { cell, end } = source[at] === QUOTE ? quotedCell(source, at) : plainCell(source, at, delimiter);
    cells.push(cell);
    if (end >= source.length) return cells;
    if (source[end] !== delimiter) {
      throw new RowError("INVALID_ARGUMENT", "a cell goes on behind its quote; a quote within quotes is written twice");
    }
    at = end + 1;
  }
}

function plainCell(source: string, from: number, delimiter: string): { cell: string; end: number } {
  const found = source.indexOf(delimiter, from);
  const end = found < 0 ? source.length : found;
  return { cell: source.slice(from, end), end };
}

function quotedCell(source: string, from: number): { cell: string; end: number } {
  for (let at = from + 1; ; at += 2) {
    at = source.indexOf(QUOTE, at);
    if (at < 0) throw new RowError("INVALID_ARGUMENT", "a quote is not closed");
    if (source[at + 1] !== QUOTE) return { cell: source.slice(from + 1, at).replaceAll('""', QUOTE), end: at + 1 };
  }
}

/** A text as a cell: in quotes where it must be. */
export function csvCell(text: string): string {
  return /[",\r\n]|^ | $/.test(text) ? `"${text.replaceAll(QUOTE, '""')}"` : text;
}
