/**
 * The entries of an open-addressing table in one twice as large: pairs [hash, value] of u32, a value of 0 being a free place. A hash's top bits
 * are its place, so entries lie in the order of their hashes and the new table is written from front to back.
 *
 * @param entries  u32[2 ** bits * 2]
 * @param bits     of the new table
 * @returns        u32[2 ** bits * 2]
 */
export function doubleEntries(entries: Uint32Array, bits: number): Uint32Array<ArrayBuffer> {
  const doubled = new Uint32Array(2 * entries.length);
  const mask = doubled.length - 1;
  for (let from = 0; from < entries.length; from += 2) {
    if (entries[from + 1] === 0) continue;
    let at = (entries[from]! >>> (32 - bits)) * 2;
    while (doubled[at + 1] !== 0) at = (at + 2) & mask;
    doubled[at] = entries[from]!;
    doubled[at + 1] = entries[from + 1]!;
  }
  return doubled;
}
