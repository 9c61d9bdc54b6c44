/** One record on its way into a segment. */
export interface SlotInput {
  /** 1..LIMITS.idBytesMax of UTF-8. */
  readonly id: string;
  /** f32[dimension]; empty when the segment is for records without vectors. Copied. */
  readonly vector: Float32Array;
  /** UTF-8 JSON; empty when there is none. Copied. */
  readonly metadata: Uint8Array;
  readonly text: string | undefined;
  /** As `sparse/codec` packs it; empty or absent when there is none. Copied. */
  readonly sparse?: Uint8Array;
  /** Sequence of the write. */
  readonly version: number;
  /** Milliseconds since 1970; 0 or absent: never. */
  readonly expiresAtMs?: number;
}
