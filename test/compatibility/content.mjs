// What the stores of this folder hold: steps that make it, and what must be found after them. It may not change, since the stores do not.

/** When what expires after all does: in the year 9999. Milliseconds since 1970. */
const LATE = 253_370_764_800_000;
/** A time that had passed when it was written. */
const PAST = 1_000;

/** What each namespace is made with, by its name. */
export const NAMESPACES = {
  default: {},
  texts: { textAnalyzer: "english", labels: { tier: "gold" }, description: "records without vectors" },
  dot: { metric: "dot", quantization: "none", m: 8, efConstruction: 64 },
  bits: { metric: "euclidean", quantization: "binary", efSearch: 100 },
};

/** Those that format 2 can hold besides. */
const BOUNDED = { bounded: { quotas: { maxVectors: 10, maxQps: 5, maxBatchSize: 3 }, cacheAnswers: false } };

/** @param {number} format  of the directory, 1 or 2 */
export const namespacesOf = (format) => (format === 1 ? NAMESPACES : { ...NAMESPACES, ...BOUNDED });

/** Numbers of a record's vector, in f32 and never all 0. */
export function vectorOf(number, dimension) {
  return Array.from({ length: dimension }, (_, at) => Math.fround(Math.sin(number * 12.9898 + at * 78.233) + 0.001));
}

function recordOf(number, dimension, round = 1) {
  return {
    id: `r${String(number).padStart(3, "0")}`,
    vector: vectorOf(number, dimension),
    metadata: { number, round, even: number % 2 === 0, name: `é ${number}`, deep: { list: [number, null, "x"] } },
    ...(number % 3 === 0 && { text: `number ${number} of the running records` }),
    ...(number % 4 === 0 && { sparse: { indices: [number, 1_000 + number], values: [1, 0.5] } }),
    ...(number % 50 === 49 && { expiresAtMs: LATE }),
  };
}

const records = (from, to, dimension, round) =>
  Array.from({ length: to - from }, (_, at) => recordOf(from + at, dimension, round));
const ids = (from, to) => records(from, to, 1).map(({ id }) => id);

/** Steps until the directory was closed. */
export function stepsOf(format) {
  const texts = [1, 2, 3, 4, 5].map((n) => ({ id: `t${n}`, text: `runners ran ${"far ".repeat(n)}in city ${n}` }));
  return [
    { namespace: "default", kind: "upsert", records: records(0, 120, 8) },
    { namespace: "default", kind: "snapshot", name: "early" },
    { namespace: "default", kind: "upsert", records: records(0, 10, 8, 2) },
    { namespace: "default", kind: "delete", ids: ids(10, 15) },
    { namespace: "default", kind: "softDelete", ids: ids(15, 20) },
    { namespace: "dot", kind: "upsert", records: records(0, 110, 4) },
    { namespace: "bits", kind: "upsert", records: records(0, 110, 32) },
    ...(format === 1 ? [] : [{ namespace: "bounded", kind: "upsert", records: records(0, 3, 2) }]),
    { namespace: "texts", kind: "upsert", records: texts },
    { namespace: "texts", kind: "upsert", records: [{ id: "gone", text: "expired", expiresAtMs: PAST }] },
  ];
}

/** Steps that only the log has: the directory was copied while it was open, as after a crash. */
export const TAIL = [
  { namespace: "default", kind: "upsert", records: records(200, 205, 8) },
  { namespace: "default", kind: "delete", ids: ids(204, 205) },
  { namespace: "dot", kind: "softDelete", ids: ids(0, 2) },
];

/** What a namespace holds after these steps: records by id, hidden ones apart. */
export function holdingsOf(steps, namespace) {
  const [visible, hidden] = [new Map(), new Map()];
  for (const step of steps.filter((each) => each.namespace === namespace)) {
    for (const record of step.kind === "upsert" ? step.records : []) {
      visible.delete(record.id);
      if (record.expiresAtMs !== PAST) visible.set(record.id, record);
    }
    for (const id of step.ids ?? []) {
      if (step.kind === "softDelete") hidden.set(id, visible.get(id));
      visible.delete(id);
    }
  }
  return { visible, hidden };
}
