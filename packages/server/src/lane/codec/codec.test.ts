import { create, type DescMessage, fromBinary, type JsonObject, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { FilterSchema } from "../../gen/vecstore/v1/filter_pb.js";
import { BatchQueryRequestSchema, QueryRequestSchema, QueryResponseSchema } from "../../gen/vecstore/v1/query_pb.js";
import { GetRequestSchema, GetResponseSchema } from "../../gen/vecstore/v1/read_pb.js";
import { UpsertRequestSchema, UpsertResponseSchema } from "../../gen/vecstore/v1/write_pb.js";
import { createDecoder, type Fields } from "./decoder.js";
import { createEncoder } from "./encoder.js";
import { UNUSUAL } from "./wire-reader.js";

const bytesOf = (desc: DescMessage, init: object) => Buffer.from(toBinary(desc, create(desc, init as never)));

/** What protobuf-es makes of the bytes, with the numbers of vectors as bytes: the one difference. */
function expected(desc: DescMessage, bytes: Buffer): unknown {
  return asBytes(fromBinary(desc, bytes));
}

function asBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asBytes);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return plain(value);
  const out = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asBytes(inner)]));
  if (!("vectorF32" in out) || (out.vector as number[]).length === 0) return out;
  return {
    ...out,
    vector: [],
    vectorF32: Buffer.from(Float32Array.from(out.vector as number[]).buffer).toString("hex"),
  };
}

const plain = (value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value);

const METADATA: JsonObject = {
  text: "Grüße 🦊",
  long: "x".repeat(300),
  "": 0,
  number: -1.5,
  yes: true,
  no: false,
  nothing: null,
  list: [1, "two", [null, {}], { deep: { deeper: [[]] } }],
  7: "a key that is a number",
};
const RECORDS = [
  { id: "a", vector: [1, -0, 3.5], metadata: METADATA, text: "", version: 9n, ifVersion: 0n },
  { id: "ü", vectorF32: new Uint8Array(8).fill(1), expiresAt: { seconds: 1_800_000_000n, nanos: 999_999_999 } },
  { id: "", sparse: { indices: [0, 127, 128, 4_294_967_295], values: [1, 2, 3, 0.1] }, metadata: {} },
  {},
];
const REQUESTS: readonly (readonly [name: string, desc: DescMessage, init: object])[] = [
  ["an empty query", QueryRequestSchema, {}],
  ["a query by vector", QueryRequestSchema, { vector: [0.1, 0.2], limit: 0, namespace: "docs", explain: true }],
  [
    "a query with all that it may have",
    QueryRequestSchema,
    {
      ...{ vectorF32: new Uint8Array(12), id: "", text: "fox", limit: 4_294_967_295, filter: "a = 1", efSearch: 1 },
      ...{ recallTarget: 0.9, exact: true, scoreThreshold: -0, offset: 3, groupBy: "a", groupSize: 2 },
      ...{ fusion: { method: 2, rankConstant: 1, alpha: 0, candidates: 9 }, diversity: { lambda: 0.5 } },
      ...{ includeMetadata: false, includeVector: true, includeText: false, sparse: { indices: [], values: [] } },
    },
  ],
  ["a query with a tree", QueryRequestSchema, { vector: [1], filterAst: { kind: { case: "notFilter", value: {} } } }],
  ["a batch", BatchQueryRequestSchema, { queries: [{ vector: [1] }, {}, { text: "a".repeat(200) }] }],
  ["an upsert", UpsertRequestSchema, { records: RECORDS, mode: 2, idempotencyKey: "k" }],
  ["a get", GetRequestSchema, { ids: ["a", "", "c".repeat(512)], includeVector: true }],
];

test.each(REQUESTS)("reads %s as protobuf-es does", (_, desc, init) => {
  const bytes = bytesOf(desc, init);
  expect(asBytes(createDecoder(desc)(bytes))).toEqual(expected(desc, bytes));
});

test("leaves a vector in the data, whatever its alignment", () => {
  for (const namespace of ["", "a", "ab", "abc"]) {
    const data = bytesOf(QueryRequestSchema, { namespace, vector: [1, 2, 3] });
    const { vectorF32 } = createDecoder(QueryRequestSchema)(data) as { vectorF32: Buffer };
    expect(vectorF32.buffer).toBe(data.buffer);
    expect([...vectorF32]).toEqual([...new Uint8Array(Float32Array.of(1, 2, 3).buffer)]);
  }
});

describe("does not take", () => {
  const vector = bytesOf(QueryRequestSchema, { vector: [1, 2] });
  const bytes = bytesOf(QueryRequestSchema, { vectorF32: new Uint8Array(4) });
  const record = (inner: Buffer) => Buffer.concat([Buffer.of(0x12, inner.length), inner]);
  const metadata = (inner: Buffer) => record(Buffer.concat([Buffer.of(0x32, inner.length), inner]));
  const deep = (levels: number): JsonObject => (levels === 0 ? {} : { a: deep(levels - 1) });
  const named = JSON.parse('{"__proto__": 1}') as JsonObject;
  const CASES: readonly (readonly [what: string, desc: DescMessage, data: Buffer])[] = [
    ["a field that the schema has not", QueryRequestSchema, Buffer.of(0xf8, 0x07, 1)],
    ["a field written as another kind", QueryRequestSchema, Buffer.of(0x0d, 0, 0, 0, 0)],
    ["a message that ends within a field", QueryRequestSchema, vector.subarray(0, -1)],
    ["a message that ends within a number", QueryRequestSchema, Buffer.of(0x38, 0x80)],
    ["a number that never ends", QueryRequestSchema, Buffer.of(0x38, ...Array(12).fill(0x80), 1)],
    ["a limit past 32 bits", QueryRequestSchema, Buffer.of(0x38, 0x80, 0x80, 0x80, 0x80, 0x10)],
    ["a flag that is neither", QueryRequestSchema, Buffer.of(0x60, 2)],
    ["text that is not UTF-8", QueryRequestSchema, Buffer.of(0x0a, 2, 0xc3, 0x28)],
    ["half a float", QueryRequestSchema, Buffer.of(0x12, 3, 0, 0, 0)],
    ["a vector in two runs", QueryRequestSchema, Buffer.concat([vector, vector])],
    ["a vector number by number", QueryRequestSchema, Buffer.of(0x15, 0, 0, 0, 0)],
    ["a vector and its bytes", QueryRequestSchema, Buffer.concat([vector, bytes])],
    ["bytes and then a vector", QueryRequestSchema, Buffer.concat([bytes, vector])],
    ["a vector and no bytes", QueryRequestSchema, Buffer.concat([vector, Buffer.of(0x1a, 0)])],
    ["a message twice", QueryRequestSchema, Buffer.of(0x8a, 1, 0, 0x8a, 1, 0)],
    ["a mode that the schema has not", UpsertRequestSchema, Buffer.of(0x18, 99)],
    ["a record with a field that it has not", UpsertRequestSchema, record(Buffer.of(0xf8, 0x07, 1))],
    ["a record that is longer than the message", UpsertRequestSchema, Buffer.of(0x12, 9, 0x0a)],
    ["metadata without a value", UpsertRequestSchema, metadata(Buffer.of(0x0a, 3, 0x0a, 1, 0x61))],
    ["metadata with a value of no kind", UpsertRequestSchema, metadata(Buffer.of(0x0a, 5, 0x0a, 1, 0x61, 0x12, 0))],
    [
      "metadata past 16 levels by far",
      UpsertRequestSchema,
      bytesOf(UpsertRequestSchema, { records: [{ metadata: deep(40) }] }),
    ],
    [
      "metadata with a key of JavaScript's own",
      UpsertRequestSchema,
      bytesOf(UpsertRequestSchema, { records: [{ metadata: named }] }),
    ],
    [
      "metadata that is no number",
      UpsertRequestSchema,
      metadata(Buffer.of(0x0a, 14, 0x0a, 1, 0x61, 0x12, 9, 0x11, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f)),
    ],
  ];
  test.each(CASES)("%s", (_, desc, data) => {
    expect(() => createDecoder(desc)(data)).toThrow(UNUSUAL);
  });
});

test("takes no bytes for a message that protobuf-es would read otherwise, or not at all", () => {
  const decode = createDecoder(UpsertRequestSchema);
  const whole = bytesOf(UpsertRequestSchema, { records: RECORDS, mode: 1, namespace: "docs" });
  const random = randomFrom(42);
  let taken = 0;
  for (let round = 0; round < 20_000; round++) {
    const data = Buffer.from(whole);
    for (let i = 0; i < 1 + random(3); i++) data[random(data.length)] = random(256);
    let message: Fields;
    try {
      message = decode(data);
    } catch {
      continue;
    }
    taken++;
    expect(asBytes(message)).toEqual(expected(UpsertRequestSchema, data));
  }
  // Most bytes belong to vectors and texts, where any value is plain.
  expect(taken).toBeGreaterThan(1_000);
});

const HIT = { id: "a", score: 0.5, distance: 0, version: 300n, metadata: METADATA, vector: [1, 2.5], text: "" };
const STATS = {
  strategy: 2,
  candidates: 10n,
  filteredCount: 0n,
  nodesVisited: 0n,
  durationMs: 0.25,
  approximate: true,
};
const PLAN = { strategy: 5, reason: "…", efSearch: 64, selectivity: { min: 0, expected: 0.1, max: 1 } };
const ANSWERS: readonly (readonly [name: string, desc: DescMessage, init: object])[] = [
  ["an empty answer", QueryResponseSchema, {}],
  [
    "an answer with all that it may have",
    QueryResponseSchema,
    {
      results: [
        HIT,
        {
          ...HIT,
          sparse: { indices: [1, 300, 70_000, 4_294_967_295], values: [1, 2, 3, 4] },
          explain: { filterMatched: false },
        },
        {},
      ],
      stats: STATS,
      explain: { plan: PLAN, rejectedPlans: [PLAN, {}], stages: [{ name: "plan", durationMs: 1 }] },
    },
  ],
  [
    "records",
    GetResponseSchema,
    { records: RECORDS.map((each) => ({ ...each, ifVersion: undefined })), missing: ["x", "é".repeat(40)] },
  ],
  ["times before 1970", GetResponseSchema, { records: [{ expiresAt: { seconds: -1n, nanos: 5 } }] }],
  [
    "an answer of a write",
    UpsertResponseSchema,
    { upserted: 3, sequence: 2n ** 40n, versions: [1n, 127n, 128n, 2n ** 53n - 1n, 2n ** 63n] },
  ],
  ["a write of nothing", UpsertResponseSchema, { upserted: 0, inserted: 0, sequence: 0n, versions: [] }],
];
test.each(ANSWERS)("writes %s as protobuf-es does", (_, desc, init) => {
  const encode = createEncoder(desc);
  for (let round = 0; round < 2; round++) {
    expect(
      encode(init as Fields)
        .finish()
        .toString("hex"),
    ).toBe(bytesOf(desc, init).toString("hex"));
  }
});

test("has no codec for what it does not know", () => {
  expect(() => createEncoder(FilterSchema)).toThrow("oneof");
});

/** Of numbers 0..n - 1; the same for each seed. */
function randomFrom(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}
