/** A message as gRPC, gRPC-Web and Connect's streams send it: a flag byte, four bytes of length, the bytes. */
export interface Frame {
  readonly flags: number;
  readonly data: Buffer;
}

const HEAD_BYTES = 5;

/** One frame. */
export function toFrame(data: Uint8Array, flags = 0): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(flags);
  head.writeUInt32BE(data.length, 1);
  return Buffer.concat([head, data]);
}

/** Every whole frame of some bytes, and what is left behind them. */
export function readFrames(bytes: Buffer): { readonly frames: Frame[]; readonly rest: Buffer } {
  const frames: Frame[] = [];
  let at = 0;
  while (bytes.length - at >= HEAD_BYTES) {
    const end = at + HEAD_BYTES + bytes.readUInt32BE(at + 1);
    if (end > bytes.length) break;
    frames.push({ flags: bytes.readUInt8(at), data: bytes.subarray(at + HEAD_BYTES, end) });
    at = end;
  }
  return { frames, rest: bytes.subarray(at) };
}
