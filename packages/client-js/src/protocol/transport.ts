import { decode } from "../wire/decode.js";
import { DecodeError } from "../wire/reader.js";
import type { Init, Method, MethodKind, Schema } from "../wire/schema.js";
import type { Cancellation } from "./cancellation.js";
import { badAnswer } from "./rpc-error.js";

/** One attempt of a call. */
export interface Attempt<O> {
  readonly method: Method<MethodKind, unknown, O>;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent along, so that the server stops too; undefined: there is no deadline. */
  readonly timeoutMs: number | undefined;
  readonly cancellation: Cancellation;
}

/** A protocol over HTTP. Its functions throw RpcError, or whatever the platform throws where no answer comes. */
export interface Transport {
  /**
   * Writes a message as the body of a request.
   *
   * @throws EncodeError
   */
  encode<I>(method: Method<MethodKind, I, unknown>, message: Init<I>): Uint8Array<ArrayBuffer>;
  /** The same with a message that was written before; it may be shared. */
  bodyOf(method: Method<MethodKind, unknown, unknown>, message: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  /** @param body  of `encode` */
  unary<O>(attempt: Attempt<O>, body: Uint8Array<ArrayBuffer>): Promise<O>;
  /** @param body  of `encode` */
  stream<O>(attempt: Attempt<O>, body: Uint8Array<ArrayBuffer>): AsyncGenerator<O, void, undefined>;
  /** Only over HTTP/2. @param bodies  of `encode` */
  duplex<O>(attempt: Attempt<O>, bodies: AsyncIterable<Uint8Array>): AsyncGenerator<O, void, undefined>;
}

/** Largest answer that is read: 1,000 hits with vectors of 65,535 dimensions as floats. */
export const READ_BYTES_MAX = 256 * 1024 * 1024;

/** Where a method is called. */
export function pathOf({ service, name }: Method<MethodKind, unknown, unknown>): string {
  return `/${service}/${name}`;
}

/**
 * Reads a message of an answer.
 *
 * @throws RpcError internal when it is none
 */
export function readMessage<O>(schema: Schema<O>, data: Uint8Array): O {
  try {
    return decode(schema, data);
  } catch (error) {
    if (error instanceof DecodeError) throw badAnswer(`${schema.typeName}: ${error.message}`);
    throw error;
  }
}
