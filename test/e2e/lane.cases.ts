import { gzipSync } from "node:zlib";
import type { JsonObject } from "@bufbuild/protobuf";
import type { WireCall } from "./harness/wire-forms.js";

/** Most bytes of a message of the servers that the cases are for. */
export const MESSAGE_BYTES_MAX = 64 * 1024;

/** Keys of those servers, by what they may. */
export const KEYS = {
  admin: "an-admin-key-for-tests",
  reader: "a-reader-of-docs",
  writer: "a-writer-of-docs",
} as const;

/** A call that is answered the same with the fast lane and without. */
export interface LaneCase extends WireCall {
  readonly name: string;
  /** For the last of them: `ok`, or the reason. */
  readonly outcome: string;
}

const keyed = (key: string) => ({ "x-api-key": key });
const admin = keyed(KEYS.admin);
const of = (
  method: string,
  name: string,
  outcome: string,
  message: JsonObject | Uint8Array,
  headers = {},
): LaneCase => {
  return { name: `${method}: ${name}`, method, outcome, message, headers: { ...admin, ...headers } };
};

/** 3 numbers each, one for each id. */
export const RECORDS: readonly JsonObject[] = Array.from({ length: 60 }, (_, at) => ({
  id: `r${at}`,
  vector: [Math.fround(Math.cos(at)), Math.fround(Math.sin(at)), at / 64],
  metadata: { at, even: at % 2 === 0, name: `record ${at}`, list: [at, null, { ü: "🦊" }] },
  ...(at % 3 === 0 && { text: `the fox number ${at}` }),
}));

const VECTOR = [1, 0.5, 0.25];
const F32 = Buffer.from(Float32Array.from(VECTOR).buffer).toString("base64");
const EVERYTHING: JsonObject = { includeMetadata: true, includeVector: true, includeText: true };

const QUERIES: readonly LaneCase[] = [
  of("Query", "plain", "ok", { vector: VECTOR }),
  of("Query", "by bytes", "ok", { vectorF32: F32, limit: 3 }),
  of("Query", "by id, with all fields", "ok", { id: "r1", limit: 60, exact: true, ...EVERYTHING }),
  of("Query", "by text and vector", "ok", {
    text: "fox",
    vector: VECTOR,
    fusion: { method: "FUSION_METHOD_WEIGHTED" },
  }),
  of("Query", "with a filter", "ok", { vector: VECTOR, filter: "even = true AND at < 40", offset: 1 }),
  of("Query", "with a tree", "ok", {
    vector: VECTOR,
    filterAst: { compareFilter: { path: ["at"], operator: "COMPARISON_OPERATOR_LESS", value: { numberValue: 9 } } },
  }),
  of("Query", "explained", "ok", { vector: VECTOR, limit: 2, explain: true }),
  of("Query", "in groups", "ok", { vector: VECTOR, groupBy: "even", groupSize: 2 }),
  of("Query", "diverse", "ok", { vector: VECTOR, diversity: { lambda: 0.2 } }),
  of("Query", "nothing below a score", "ok", { vector: VECTOR, scoreThreshold: 1e9 }),
  of("Query", "of an empty message", "MISSING_QUERY", {}),
  of("Query", "of no bytes", "MISSING_QUERY", new Uint8Array()),
  of("Query", "of another dimension", "DIMENSION_MISMATCH", { vector: [1] }),
  of("Query", "of both forms", "INVALID_VECTOR", { vector: VECTOR, vectorF32: F32 }),
  of("Query", "with a limit of 0", "LIMIT_OUT_OF_RANGE", { vector: VECTOR, limit: 0 }),
  of("Query", "with a filter that is none", "INVALID_FILTER", { vector: VECTOR, filter: "é = = 'ü'" }),
  of("Query", "by an id that is not there", "RECORD_NOT_FOUND", { id: "nobody" }),
  of("Query", "of a namespace that is not there", "NAMESPACE_NOT_FOUND", { namespace: "nowhere", vector: VECTOR }),
  of("Query", "of a namespace by header", "NAMESPACE_NOT_FOUND", { vector: VECTOR }, { "x-namespace": "nowhere" }),
  of("BatchQuery", "of two", "ok", { queries: [{ vector: VECTOR }, { id: "r2", limit: 1, includeVector: true }] }),
  of("BatchQuery", "of none", "EMPTY_BATCH", {}),
  of("BatchQuery", "of a bad one", "DIMENSION_MISMATCH", { queries: [{ vector: VECTOR }, { vector: [1] }] }),
  of("BatchQuery", "across namespaces", "INVALID_ARGUMENT", { queries: [{ vector: VECTOR, namespace: "docs" }] }),
];

const RECORDS_CALLS: readonly LaneCase[] = [
  of("Get", "some, and some that are not there", "ok", { ids: ["r1", "nobody", "r0"], ...EVERYTHING }),
  of("Get", "without metadata", "ok", { ids: ["r1"], includeMetadata: false }),
  of("Get", "none", "EMPTY_BATCH", {}),
  of("Get", "an id that is none", "INVALID_ID", { ids: [""] }),
  of("Upsert", "records of all kinds", "ok", {
    records: [
      { id: "full", vector: VECTOR, text: "Grüße", metadata: { a: [1, {}] }, expiresAt: "2099-01-01T00:00:00.5Z" },
      { id: "bytes", vectorF32: F32, sparse: { indices: [1, 70_000], values: [0.5, 2] } },
    ],
  }),
  of("Upsert", "if a record is not there", "any", { records: [{ id: "once", vector: VECTOR, ifVersion: "0" }] }),
  of("Upsert", "if a record has another version", "VERSION_CONFLICT", {
    records: [{ id: "r0", vector: VECTOR, ifVersion: "1000000" }],
  }),
  of("Upsert", "only new ones", "RECORD_EXISTS", {
    records: [{ id: "r0", vector: VECTOR }],
    mode: "WRITE_MODE_INSERT_ONLY",
  }),
  of("Upsert", "the same key again", "ok", { records: [{ id: "k", vector: VECTOR }], idempotencyKey: "key" }),
  of("Upsert", "nothing", "EMPTY_BATCH", {}),
  of("Upsert", "an id twice", "DUPLICATE_ID", {
    records: [
      { id: "a", vector: VECTOR },
      { id: "a", vector: VECTOR },
    ],
  }),
  of("Upsert", "a record of nothing", "EMPTY_RECORD", { records: [{ id: "a" }] }),
  of("Upsert", "no numbers", "INVALID_VECTOR", { records: [{ id: "a", vector: ["NaN", 1, 1] }] }),
  of("Upsert", "metadata that nests too deep", "INVALID_METADATA", {
    records: [{ id: "a", vector: VECTOR, metadata: nested(17) }],
  }),
  of("Upsert", "into what is full", "NAMESPACE_FULL", { namespace: "full", records: [{ id: "b", vector: [1] }] }),
  of("Query", "more than a quota allows", "QUOTA_EXCEEDED", { namespace: "full", vector: [1], limit: 9 }),
  of("Query", "again, past a rate", "RATE_LIMITED", { namespace: "slow", vector: [1] }),
];

function nested(levels: number): JsonObject {
  return levels === 0 ? {} : { a: nested(levels - 1) };
}

const ACCESS: readonly LaneCase[] = [
  of("Query", "without a key", "API_KEY_MISSING", { vector: VECTOR }, keyed("")),
  of("Query", "with an unknown key", "API_KEY_UNKNOWN", { vector: VECTOR }, keyed("nobody's")),
  of(
    "Query",
    "with a key of another namespace",
    "PERMISSION_DENIED",
    { namespace: "default", vector: VECTOR },
    keyed(KEYS.reader),
  ),
  of("Query", "with a key that is bound", "ok", { vector: [1] }, keyed(KEYS.reader)),
  of("Upsert", "with a reader's key", "PERMISSION_DENIED", { records: [{ id: "a", vector: [1] }] }, keyed(KEYS.reader)),
  of("Upsert", "with a writer's key", "ok", { records: [{ id: "a", vector: [1] }] }, keyed(KEYS.writer)),
  of("Get", "by a bearer", "ok", { ids: ["a"] }, { "x-api-key": "", authorization: `Bearer ${KEYS.reader}` }),
];

const timeouts = (name: string, text: string, outcome: string, both = {}): readonly LaneCase[] => {
  const unit = { grpc: `${text}m`, connect: text };
  return [
    of(
      "Query",
      `a deadline of Connect's, ${name}`,
      outcome,
      { vector: VECTOR },
      { "connect-timeout-ms": unit.connect, ...both },
    ),
    of("Query", `a deadline of gRPC's, ${name}`, outcome, { vector: VECTOR }, { "grpc-timeout": unit.grpc, ...both }),
  ];
};

/** What `outcome` says holds where the header is the protocol's own; the others ignore it, or do not. */
const HEADERS: readonly LaneCase[] = [
  ...timeouts("long enough", "20000", "any"),
  ...timeouts("that is over", "0", "any"),
  ...timeouts("past the limit", "60001", "any"),
  ...timeouts("past what timers hold", "99999999", "any"),
  ...timeouts("that is no number", "soon", "any"),
  ...timeouts("of both", "20000", "any", { "connect-timeout-ms": "20000", "grpc-timeout": "20S" }),
  of("Query", "accepting gzip, a small answer", "ok", { vector: VECTOR }, accepting("gzip, br")),
  of(
    "Query",
    "accepting gzip, a large answer",
    "ok",
    { vector: VECTOR, limit: 60, ...EVERYTHING },
    accepting("br,gzip"),
  ),
  of("Query", "accepting gzip, an error", "DIMENSION_MISMATCH", { vector: [1] }, accepting("gzip")),
  of(
    "Query",
    "accepting nothing that is known",
    "ok",
    { vector: VECTOR, limit: 60, ...EVERYTHING },
    accepting("zstd;q=1"),
  ),
  of("Query", "saying that nothing is compressed", "ok", { vector: VECTOR }, encoded("identity")),
  of("Query", "with an unknown encoding", "any", { vector: VECTOR }, encoded("zstd")),
  of("Get", "with a compressed body", "any", gzipSync(Uint8Array.of(0x12, 2, 0x72, 0x31)), encoded("gzip")),
  of("Query", "with a header of a protocol's version", "ok", { vector: VECTOR }, { "connect-protocol-version": "1" }),
  of("Query", "with a version that nobody knows", "ok", { vector: VECTOR }, { "connect-protocol-version": "9" }),
  of("Query", "with headers that nobody knows", "ok", { vector: VECTOR }, { "x-other": "ü", "x-many-bin": "AAAA" }),
];

function accepting(text: string) {
  return { "accept-encoding": text, "grpc-accept-encoding": text };
}

function encoded(text: string) {
  return { "content-encoding": text, "grpc-encoding": text };
}

const bytes = (...values: number[]) => Uint8Array.from(values);
const upsertOf = (record: Uint8Array) => Buffer.concat([Buffer.of(0x12, record.length), record]);

const BYTES: readonly LaneCase[] = [
  of("Query", "a field that is not known", "NOT_IMPLEMENTED", bytes(0x98, 0x06, 1)),
  of("Query", "a field of another kind", "any", bytes(0x0d, 0, 0, 0, 0)),
  of("Query", "a message that ends too early", "INVALID_ARGUMENT", bytes(0x12, 12, 0, 0)),
  of("Query", "text that is not UTF-8", "INVALID_ARGUMENT", bytes(0x0a, 2, 0xc3, 0x28)),
  of("Query", "half a number", "INVALID_ARGUMENT", bytes(0x12, 3, 0, 0, 0)),
  of("Query", "numbers one by one", "ok", bytes(...[0, 0, 0].flatMap(() => [0x15, 0, 0, 0x80, 0x3f]))),
  of("Query", "a vector in two runs", "ok", bytes(0x12, 8, 0, 0, 128, 63, 0, 0, 0, 0, 0x12, 4, 0, 0, 0, 0)),
  of("Query", "a mode of fusion that is not known", "INVALID_ARGUMENT", bytes(0x8a, 1, 2, 8, 99)),
  of("Query", "a message twice", "any", bytes(0x12, 4, 0, 0, 128, 63, 0x8a, 1, 0, 0x8a, 1, 0)),
  of("Upsert", "a mode that is not known", "INVALID_ARGUMENT", bytes(0x18, 99)),
  of("Upsert", "a record with a field that is not known", "NOT_IMPLEMENTED", upsertOf(bytes(0x98, 0x06, 1))),
  of("Upsert", "metadata without a value", "INVALID_ARGUMENT", upsertOf(bytes(0x32, 5, 0x0a, 3, 0x0a, 1, 0x61))),
  of("Upsert", "a message that is too large", "MESSAGE_TOO_LARGE", new Uint8Array(MESSAGE_BYTES_MAX + 1)),
  of("Upsert", "the largest message", "any", new Uint8Array(MESSAGE_BYTES_MAX)),
  of("BatchQuery", "an answer that is too large", "any", {
    queries: Array.from({ length: 40 }, () => ({ vector: VECTOR, limit: 60, ...EVERYTHING })),
  }),
];

/** Every case, in the order in which both servers get them. */
export const LANE_CASES: readonly LaneCase[] = [...QUERIES, ...RECORDS_CALLS, ...ACCESS, ...HEADERS, ...BYTES];
