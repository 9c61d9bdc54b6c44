import { toReason } from "./convert/error.js";
import { toBytes } from "./convert/message.js";
import { toMode } from "./convert/write.js";
import {
  ImportRequest,
  type ImportResponse,
  type ImportFailure as WireFailure,
} from "./gen/vecstore/v1/transfer_pb.js";
import type { CallOptions } from "./model/call.js";
import type { RecordSource } from "./model/record.js";
import type { ImportFailure, ImportOptions, ImportProgress } from "./model/transfer.js";
import { Reconnection } from "./reconnection.js";
import { type RecordBatch, toBatches } from "./record-batches.js";
import type { RetryPolicy } from "./retry.js";

/** Where an import goes. */
export interface ImportTarget {
  readonly namespace: string;
  /** Sends the messages of an import, written, and gives the answers as they come. */
  readonly send: (messages: AsyncIterable<Message>, options: CallOptions) => AsyncIterable<ImportResponse>;
  readonly policy: RetryPolicy;
}

type Message = Uint8Array<ArrayBuffer>;

/** What is sent and not answered is kept, to be sent again; no more than this. */
const UNANSWERED_BYTES_MAX = 32 * 1024 * 1024;
const NOTHING = new Uint8Array(0);

/**
 * Sends records as one stream and reports what becomes of them. The source is read no faster than the server takes. When the stream
 * breaks off, another one goes on behind the last answer, with the server's token, so that nothing is lost and nothing counts twice.
 *
 * @returns the last progress
 * @throws  VecStoreError; whatever `records`, `onProgress` or `onFailure` throw
 */
export async function importRecords(
  records: RecordSource<object>,
  options: ImportOptions,
  target: ImportTarget,
): Promise<ImportProgress> {
  const reconnection = new Reconnection(options, target);
  const run = new ImportRun(records, options, { target, reconnection });
  try {
    for (;;) {
      try {
        return await run.attempt({ signal: options.signal, timeoutMs: reconnection.timeoutMs });
      } catch (error) {
        if (run.failure !== undefined) throw run.failure.error;
        await reconnection.waitAfter(error);
      }
    }
  } finally {
    await run.close();
  }
}

/** What a run works with. */
interface ImportTools {
  readonly target: ImportTarget;
  readonly reconnection: Reconnection;
}

/** An import over all its streams. */
class ImportRun {
  readonly #options: ImportOptions;
  readonly #target: ImportTarget;
  readonly #reconnection: Reconnection;
  readonly #batches: AsyncGenerator<RecordBatch, void, undefined>;
  /** A batch that is being read; it outlives the stream that asked for it. */
  #reading: Promise<IteratorResult<RecordBatch, void>> | undefined;
  readonly #unanswered: RecordBatch[] = [];
  #unansweredBytes = 0;
  /** Rows before the first record of this run. */
  #base = 0;
  #progress: ImportProgress | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(records: RecordSource<object>, options: ImportOptions, { target, reconnection }: ImportTools) {
    this.#options = options;
    this.#target = target;
    this.#reconnection = reconnection;
    this.#batches = toBatches(records, options, { rest: () => NOTHING, distinct: false });
  }

  /** What the caller's own code threw: the source, or who is told of answers. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Sends what is not answered yet, and then the rest, as one stream. */
  async attempt(options: CallOptions): Promise<ImportProgress> {
    const stream = new Stream();
    try {
      for await (const response of this.#target.send(this.#messages(stream), options)) {
        this.#answered(response);
        stream.wake();
      }
    } finally {
      stream.end();
    }
    // Nothing ends well without an answer to the beginning, which is always sent.
    return this.#progress!;
  }

  async close(): Promise<void> {
    // A source that is just being read ends when it has given what it is asked for.
    if (this.#reading === undefined) await this.#batches.return();
    else void this.#batches.return();
  }

  async *#messages(stream: Stream): AsyncGenerator<Message, void, undefined> {
    const { mode, resumeToken } = this.#options;
    const begun = this.#progress;
    yield toBytes(ImportRequest, {
      namespace: this.#target.namespace,
      mode: mode === undefined ? undefined : toMode(mode),
      resumeToken: begun?.resumeToken ?? resumeToken,
    });
    // Without the token of the beginning nobody could go on after what comes now.
    while (this.#progress === begun && !stream.ended) await stream.woken();
    for (const { message } of [...this.#unanswered]) yield message;
    while (!stream.ended) {
      if (this.#unansweredBytes >= UNANSWERED_BYTES_MAX) {
        await stream.woken();
        continue;
      }
      const batch = await this.#next(stream);
      if (batch === undefined) return;
      yield batch.message;
    }
  }

  /** The next batch; undefined behind the last one, and when the stream ended meanwhile. */
  async #next(stream: Stream): Promise<RecordBatch | undefined> {
    this.#reading ??= this.#batches.next();
    const result = await this.#reading.catch((error: unknown) => {
      // The transport says only that its input failed.
      this.#failure = { error };
      throw error;
    });
    if (stream.ended || result.done) return undefined;
    this.#reading = undefined;
    this.#unanswered.push(result.value);
    this.#unansweredBytes += result.value.message.length;
    return result.value;
  }

  #answered(response: ImportResponse): void {
    const progress = fromResponse(response);
    if (this.#progress === undefined) this.#base = progress.rows;
    this.#progress = progress;
    const unanswered = this.#unanswered.length;
    for (let first = this.#unanswered[0]; first !== undefined; first = this.#unanswered[0]) {
      if (this.#base + first.start + first.count > progress.rows) break;
      this.#unanswered.shift();
      this.#unansweredBytes -= first.message.length;
    }
    // An answer to a beginning is no progress while records wait for theirs: else a connection that breaks at the same record each time
    // would be made for ever.
    const isProgress = this.#unanswered.length < unanswered || unanswered === 0;
    try {
      if (isProgress) this.#reconnection.progressed();
      for (const failure of response.failures) this.#options.onFailure?.(fromFailure(failure));
      this.#options.onProgress?.(progress);
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}

/** One stream, whose answers wake whoever waits for them. */
class Stream {
  #ended = false;
  #wake: () => void = () => {};

  get ended(): boolean {
    return this.#ended;
  }

  /** Until the next answer, or the end. */
  woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  wake(): void {
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }
}

function fromResponse({ rows, imported, failed, resumeToken, sequence }: ImportResponse): ImportProgress {
  return { rows, imported, failed, resumeToken, sequence };
}

function fromFailure({ row, id, reason, message }: WireFailure): ImportFailure {
  return { row, id, reason: toReason(reason), message };
}
