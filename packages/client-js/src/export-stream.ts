import { fromRecord } from "./convert/record.js";
import type { ExportResponse } from "./gen/vecstore/v1/transfer_pb.js";
import type { Metadata } from "./model/metadata.js";
import type { StoredRecord } from "./model/record.js";

/**
 * The records of an export by ascending id, to be looped over once. The export starts with the loop, and leaving the loop
 * cancels it.
 */
export class ExportStream<M extends object = Metadata> implements AsyncIterable<StoredRecord<M>> {
  readonly #open: () => AsyncIterable<ExportResponse>;
  #resumeToken: string | undefined;
  #sequence: number | undefined;

  /** @internal */
  constructor(open: () => AsyncIterable<ExportResponse>, resumeToken: string | undefined) {
    this.#open = open;
    this.#resumeToken = resumeToken;
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
    for await (const { records, resumeToken, sequence } of this.#open()) {
      this.#sequence = sequence;
      for (const record of records) yield fromRecord<M>(record);
      if (resumeToken !== "") this.#resumeToken = resumeToken;
    }
  }
}
