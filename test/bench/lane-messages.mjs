// The two requests that the benchmark `lane` sends, written by hand: it has no other door to the schema than its bytes.

const LENGTH = 2;

/** QueryRequest: the vector alone, so 10 results with their metadata. */
export function queryMessage(vector) {
  return field(2, floats(vector));
}

/** UpsertRequest. @param {{ id: string, vector: number[] }[]} records */
export function upsertMessage(namespace, records) {
  const parts = records.map(({ id, vector }) =>
    field(2, Buffer.concat([field(1, Buffer.from(id)), field(2, floats(vector))])),
  );
  return Buffer.concat([field(1, Buffer.from(namespace)), ...parts]);
}

/** The same numbers in each run, between -1 and 1. */
export function numbersFrom(seed, count) {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.fround(state / 2 ** 31 - 1);
  });
}

const floats = (vector) => Buffer.from(Float32Array.from(vector).buffer);

function field(number, bytes) {
  return Buffer.concat([varint((number << 3) | LENGTH), varint(bytes.length), bytes]);
}

function varint(value) {
  const bytes = [];
  for (; value >= 0x80; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return Buffer.from([...bytes, value]);
}
