const LOW = 2 ** 32;

/** Reads a u64; above 2^53 it loses low bits, which no position or sequence of ours reaches. */
export function readU64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * LOW;
}

/** @param value  an integer from 0 to 2^53 - 1 */
export function writeU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % LOW, true);
  view.setUint32(at + 4, Math.floor(value / LOW), true);
}
