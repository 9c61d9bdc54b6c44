import { writeMessage } from "./encode.js";
import type { Init, Schema } from "./schema.js";
import { Writer } from "./writer.js";

const LENGTH = 2;
const BYTES_AT_FIRST = 64 * 1024;
const SCRATCH_BYTES = 4 * 1024;
const SPARE_BYTES = 1024;

/**
 * Writes the messages of one repeated field, each when it comes, so that what they were made of may change afterwards and their bytes
 * are known.
 */
export class BatchWriter<T> {
  readonly #schema: Schema<T>;
  readonly #tag: number;
  readonly #scratch = new Writer(SCRATCH_BYTES);
  #data = new Uint8Array(BYTES_AT_FIRST);
  #bytes = 0;
  #held = 0;

  /** @param number  of the field */
  constructor(schema: Schema<T>, number: number) {
    this.#schema = schema;
    this.#tag = (number << 3) | LENGTH;
  }

  /** Bytes of the messages that were kept, with their tags and lengths. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Writes a message and holds it, until `keep` adds it to the others.
   *
   * @returns its bytes, with its tag and length
   * @throws EncodeError
   */
  hold(message: Init<T>): number {
    const scratch = this.#scratch;
    scratch.clear();
    writeMessage(scratch, this.#schema, message);
    scratch.varint(scratch.length);
    scratch.varint(this.#tag);
    this.#held = scratch.length;
    return this.#held;
  }

  /** Adds the message that is held. */
  keep(): void {
    const bytes = this.#bytes + this.#held;
    if (bytes > this.#data.length) this.#grow(bytes);
    this.#data.set(this.#scratch.finish(), this.#bytes);
    this.#bytes = bytes;
  }

  /**
   * Takes what was kept, behind the other fields of the message that it belongs to.
   *
   * @param rest  those fields, written
   */
  take(rest: Uint8Array): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes + rest.length;
    if (bytes > this.#data.length) this.#grow(bytes);
    this.#data.set(rest, this.#bytes);
    const taken = this.#data.subarray(0, bytes);
    // The next batch is about as long.
    this.#data = new Uint8Array(bytes + SPARE_BYTES);
    this.#bytes = 0;
    return taken;
  }

  #grow(bytes: number): void {
    const grown = new Uint8Array(Math.max(bytes, this.#data.length * 2));
    grown.set(this.#data.subarray(0, this.#bytes));
    this.#data = grown;
  }
}
