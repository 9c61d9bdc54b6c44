/** Where lines go. */
export interface LogSink {
  write(line: string): void;
}

/** What a batch needs. */
export interface LineBatchOptions {
  readonly sink: LogSink;
  /** As many are written together, or a few more: the last line is whole. */
  readonly characters: number;
  /** No line waits for longer, milliseconds. */
  readonly waitMs: number;
}

/**
 * Lines that are written together: a write for each costs as much as the rest of a query's line. They are kept apart until then, since text
 * that grows line by line is copied, whole, each time that somebody asks for its length.
 */
export class LineBatch implements LogSink {
  readonly #options: LineBatchOptions;
  #lines: string[] = [];
  #characters = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LineBatchOptions) {
    this.#options = options;
  }

  write(line: string): void {
    this.#lines.push(line);
    this.#characters += line.length;
    if (this.#characters >= this.#options.characters) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), this.#options.waitMs).unref();
  }

  /** Hands over what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines.length === 0) return;
    const text = this.#lines.join("");
    this.#lines = [];
    this.#characters = 0;
    this.#options.sink.write(text);
  }
}
