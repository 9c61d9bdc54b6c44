// What a writer of the crash tests does: a function of the writer and the number of the call alone, so that the process
// that checks needs to be told no more than how many calls were answered.

export const DIMENSION = 8;
export const WRITERS = 4;
const IDS = 120;
const BATCH = 5;

/** The call of this number: a batch of records to write, or ids to delete. */
export function callOf(writer, number) {
  const ids = Array.from({ length: BATCH }, (_, i) => `w${writer}-${(number * 7 + i * 11) % IDS}`);
  if (number % 6 === 5) return { kind: "delete", ids };
  return { kind: "upsert", records: ids.map((id, i) => recordOf(writer, number, id, i)) };
}

function recordOf(writer, number, id, i) {
  const vector = Float32Array.from({ length: DIMENSION }, (_, at) =>
    Math.sin(writer * 1000 + number * 10 + i + at / 7),
  );
  const metadata = { writer, number, tags: [`t${number % 4}`] };
  return number % 2 === 0 ? { id, vector, metadata, text: `text ${number} of ${id}` } : { id, vector, metadata };
}

/** Runs a call against a store. */
export async function run(store, call) {
  if (call.kind === "delete") await store.delete({ ids: call.ids });
  else await store.upsert(call.records);
}
