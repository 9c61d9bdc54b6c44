/** The bytes of a .npy file of NumPy with these rows. */
export function npyOf(vectors: readonly Float32Array[], type: "<f4" | "<f8" = "<f4"): Buffer {
  const dimension = vectors[0]?.length ?? 0;
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${vectors.length}, ${dimension}), }`;
  // The head ends at a multiple of 64 bytes, with a line break.
  const padded = text.padEnd(Math.ceil((10 + text.length + 1) / 64) * 64 - 11).concat("\n");
  const head = Buffer.alloc(10);
  head.write("\x93NUMPY\x01\x00", "latin1");
  head.writeUInt16LE(padded.length, 8);
  const numbers = vectors.map((vector) => (type === "<f4" ? vector : Float64Array.from(vector)));
  return Buffer.concat([head, Buffer.from(padded), ...numbers.map(bytesOf)]);
}

/** The bytes of an .fvecs file with these vectors. */
export function fvecsOf(vectors: readonly Float32Array[]): Buffer {
  return Buffer.concat(
    vectors.flatMap((vector) => {
      const head = Buffer.alloc(4);
      head.writeInt32LE(vector.length);
      return [head, bytesOf(vector)];
    }),
  );
}

function bytesOf(numbers: Float32Array | Float64Array): Buffer {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
