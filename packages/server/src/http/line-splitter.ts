const NEWLINE = 0x0a;

/** A line without its end; undefined for one that was longer than allowed, and is gone. */
export type Line = Buffer | undefined;

/** Cuts bytes that come in pieces into lines, and holds at most one line. */
export class LineSplitter {
  readonly #bytesMax: number;
  #parts: Buffer[] = [];
  #bytes = 0;

  /** @param bytesMax  of one line; the bytes of a longer one are dropped as they come */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The lines that end in this piece. */
  *push(piece: Buffer): Generator<Line> {
    let from = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, from)) {
      this.#add(piece.subarray(from, end));
      yield this.#take();
      from = end + 1;
    }
    this.#add(piece.subarray(from));
  }

  /** The last line, if the bytes end without a newline. */
  *end(): Generator<Line> {
    if (this.#bytes > 0) yield this.#take();
  }

  #add(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes <= this.#bytesMax) this.#parts.push(part);
    else this.#parts = [];
  }

  #take(): Line {
    const line = this.#bytes > this.#bytesMax ? undefined : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    return line;
  }
}
