import { fromRecord } from "./convert/record.js";
import type { ExportResponse } from "./gen/vecstore/v1/transfer_pb.js";
import type { Metadata } from "./model/metadata.js";
import type { StoredRecord } from "./model/record.js";
import type { Reconnection } from "./reconnection.js";

/** How an export is asked for. */
export interface ExportSource {
  /** Begins it, behind a token where there is one. @param timeoutMs  undefined: no deadline */
  readonly open: (resumeToken: string | undefined, timeoutMs: number | undefined) => AsyncGenerator<ExportResponse>;
  /** Made when the loop begins. */
  readonly createReconnection: () => Reconnection;
  /** Where the first one begins. */
  readonly resumeToken: string | undefined;
}

/**
 * The records of an export by ascending id, to be looped over once. The export starts with the loop, and leaving the loop
 * cancels it.
 */
export class ExportStream<M extends object = Metadata> implements AsyncIterable<StoredRecord<M>> {
  readonly #source: ExportSource;
  #resumeToken: string | undefined;
  #sequence: number | undefined;

  /** @internal */
  constructor(source: ExportSource) {
    this.#source = source;
    this.#resumeToken = source.resumeToken;
  }

  /**
   * Goes on behind the last chunk that was read whole: none of the records after it is left out, and those of a chunk that broke off
   * come again. Absent before the first.
   */
  get resumeToken(): string | undefined {
    return this.#resumeToken;
  }

  /** Sequence of the namespace that the records are of; absent before the first chunk. */
  get sequence(): number | undefined {
    return this.#sequence;
  }

  /** The records, from the first on. */
  async *[Symbol.asyncIterator](): AsyncGenerator<StoredRecord<M>, void, undefined> {
    for await (const { records, resumeToken, sequence } of this.#chunks()) {
      this.#sequence = sequence;
      for (const record of records) yield fromRecord<M>(record);
      if (resumeToken !== "") this.#resumeToken = resumeToken;
    }
  }

  /** The chunks of as many streams as it takes. Each comes whole or not at all, so none comes twice. */
  async *#chunks(): AsyncGenerator<ExportResponse, void, undefined> {
    const reconnection = this.#source.createReconnection();
    const open = () => this.#source.open(this.#resumeToken, reconnection.timeoutMs);
    let chunks = open();
    try {
      for (;;) {
        const result = await chunks.next().catch((error: unknown) => reconnection.waitAfter(error));
        if (result === undefined) chunks = open();
        else {
          reconnection.progressed();
          if (result.done) return;
          yield result.value;
        }
      }
    } finally {
      await chunks.return(undefined);
    }
  }
}
