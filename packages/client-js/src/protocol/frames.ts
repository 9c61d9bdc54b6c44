import { badAnswer, RpcError } from "./rpc-error.js";
import { READ_BYTES_MAX } from "./transport.js";

/** A message or a trailer of a stream: a byte of flags, four of length, the data. */
export interface Frame {
  readonly flags: number;
  readonly data: Uint8Array;
}

/** Bytes before the data of a frame. */
export const FRAME_HEAD_BYTES = 5;
const COMPRESSED = 1;
const NOTHING = new Uint8Array(0);

/**
 * Cuts a stream into its frames.
 *
 * @throws RpcError when it ends within one, or a frame is compressed or larger than is read
 */
export async function* framesIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Frame, void, undefined> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  let wanted = FRAME_HEAD_BYTES;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes < wanted) continue;
    let data = joined(waiting, bytes);
    for (wanted = lengthOf(data); data.length >= wanted; wanted = lengthOf(data)) {
      yield frameOf(data.subarray(0, wanted));
      data = data.subarray(wanted);
    }
    waiting = [data];
    bytes = data.length;
  }
  if (bytes > 0) throw badAnswer("it ends within a message");
}

/** The frames of a whole body. @throws RpcError as `framesIn` does */
export function framesOf(body: Uint8Array): Frame[] {
  const frames: Frame[] = [];
  for (let rest = body; rest.length > 0; ) {
    const wanted = lengthOf(rest);
    if (rest.length < wanted) throw badAnswer("it ends within a message");
    frames.push(frameOf(rest.subarray(0, wanted)));
    rest = rest.subarray(wanted);
  }
  return frames;
}

/** A copy of a message as a frame. */
export function framed(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(FRAME_HEAD_BYTES + message.length);
  new DataView(frame.buffer).setUint32(1, message.length);
  frame.set(message, FRAME_HEAD_BYTES);
  return frame;
}

/** Joins chunks; one alone is not copied. */
export function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  if (chunks.length === 0) return NOTHING;
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** Refuses an answer that is too large to be read. @throws RpcError resource_exhausted */
export function checkBytes(bytes: number): void {
  if (bytes <= READ_BYTES_MAX) return;
  const message = `the answer has ${bytes} bytes or more; at most ${READ_BYTES_MAX} are read, so ask for less at once`;
  throw new RpcError({ code: "resource_exhausted", message });
}

/** Of a whole frame; a head alone when its length is not there yet. */
function lengthOf(data: Uint8Array): number {
  if (data.length < FRAME_HEAD_BYTES) return FRAME_HEAD_BYTES;
  const length = new DataView(data.buffer, data.byteOffset).getUint32(1);
  checkBytes(length);
  return FRAME_HEAD_BYTES + length;
}

function frameOf(whole: Uint8Array): Frame {
  const flags = whole[0]!;
  if (flags & COMPRESSED) throw badAnswer("it is compressed, which was not asked for");
  return { flags, data: whole.subarray(FRAME_HEAD_BYTES) };
}
