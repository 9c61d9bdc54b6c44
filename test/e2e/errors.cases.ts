import type { JsonObject } from "@bufbuild/protobuf";

/** A call that must fail, and how. */
export interface ErrorCase {
  readonly what: string;
  readonly method: string;
  readonly request: JsonObject;
  readonly reason: string;
  readonly code: string;
  /** Status of the REST door; Connect has one for each code. */
  readonly http: number;
  /** Words of the message that a caller needs. */
  readonly says: string;
}

/** HTTP statuses of the Connect protocol. */
export const CONNECT_STATUS: Readonly<Record<string, number>> = {
  canceled: 499,
  invalid_argument: 400,
  deadline_exceeded: 504,
  not_found: 404,
  already_exists: 409,
  permission_denied: 403,
  resource_exhausted: 429,
  failed_precondition: 400,
  aborted: 409,
  unimplemented: 501,
  internal: 500,
  unavailable: 503,
  data_loss: 500,
  unauthenticated: 401,
};

/** What the server of these cases holds: see `prepare` in errors.test.ts. */
export const NAMESPACE = "docs";

const query = (more: JsonObject): JsonObject => ({ namespace: NAMESPACE, vector: [1, 0, 0], ...more });
const upsert = (record: JsonObject, more: JsonObject = {}): JsonObject => ({
  namespace: NAMESPACE,
  records: [{ id: "new", vector: [1, 0, 0], ...record }],
  ...more,
});

type Row = readonly [what: string, method: string, request: JsonObject, reason: string, says: string];

const INVALID: readonly Row[] = [
  ["a query of a wrong dimension", "Query", query({ vector: [1, 2] }), "DIMENSION_MISMATCH", "2 dimensions"],
  ["a record of a wrong dimension", "Upsert", upsert({ vector: [1, 2, 3, 4] }), "DIMENSION_MISMATCH", "expects 3"],
  ["NaN in a query", "Query", query({ vector: [1, "NaN", 0] }), "INVALID_VECTOR", "[1] is NaN"],
  ["an infinity in a record", "Upsert", upsert({ vector: ["-Infinity", 0, 0] }), "INVALID_VECTOR", "[0] is -Infinity"],
  ["a zero vector to search", "Query", query({ vector: [0, 0, 0] }), "ZERO_VECTOR", "all zeros"],
  ["a zero vector to write", "Upsert", upsert({ vector: [0, 0, 0] }), "ZERO_VECTOR", "all zeros"],
  ["nothing to search for", "Query", query({ vector: [] }), "MISSING_QUERY", "give a vector, an id, sparse or text"],
  ["a vector and an id to search for", "Query", query({ id: "a" }), "INVALID_ARGUMENT", "both `vector` and `id`"],
  ["an empty id to search for", "Query", query({ vector: [], id: "" }), "INVALID_ID", "id of the query"],
  ["nothing to find a record by", "Upsert", upsert({ vector: [] }), "EMPTY_RECORD", "none of vector, sparse and text"],
  [
    "sparse indices that do not ascend",
    "Upsert",
    upsert({ sparse: { indices: [2, 1], values: [1, 1] } }),
    "INVALID_VECTOR",
    "1 after 2",
  ],
  ["a sparse vector of nothing to search", "Query", query({ sparse: {} }), "INVALID_VECTOR", "of the query has 0"],
  ["a fusion of one search", "Query", query({ fusion: {} }), "INVALID_ARGUMENT", "one search only"],
  ["a fusion beyond its weights", "Query", query({ text: "a", fusion: { alpha: 1.5 } }), "INVALID_ARGUMENT", "alpha"],
  [
    "a fusion with too few candidates",
    "Query",
    query({ text: "a", limit: 10, fusion: { candidates: 9 } }),
    "LIMIT_OUT_OF_RANGE",
    "fusion.candidates",
  ],
  ["diverse texts", "Query", query({ text: "a", diversity: {} }), "INVALID_ARGUMENT", "compares dense vectors"],
  ["bytes that are no floats", "Query", query({ vector: [], vectorF32: "AAAAAAA=" }), "INVALID_VECTOR", "5 bytes"],
  ["both forms of a vector", "Query", query({ vectorF32: "AAAAAA==" }), "INVALID_VECTOR", "both vector and vector_f32"],
  ["a filter that does not parse", "Query", query({ filter: "a = 1 AN b = 2" }), "INVALID_FILTER", "position 6"],
  ["a filter that ends early", "Count", { namespace: NAMESPACE, filter: "a =" }, "INVALID_FILTER", "position 3"],
  ["both forms of a filter", "Query", query({ filter: "a = 1", filterAst: {} }), "INVALID_FILTER", "both set"],
  ["a filter of nothing", "Query", query({ filterAst: {} }), "INVALID_FILTER", "filter_ast has no kind"],
  ["an empty batch", "Upsert", { namespace: NAMESPACE }, "EMPTY_BATCH", "records is empty"],
  ["too many records", "Upsert", { namespace: NAMESPACE, records: many() }, "BATCH_TOO_LARGE", "at most 1000"],
  ["too many ids", "Get", { namespace: NAMESPACE, ids: ids() }, "BATCH_TOO_LARGE", "at most 1000"],
  ["an id twice", "Upsert", { namespace: NAMESPACE, records: [one("x"), one("x")] }, "DUPLICATE_ID", '"x"'],
  ["an empty id", "Upsert", upsert({ id: "" }), "INVALID_ID", "records[0].id"],
  ["a long id", "Get", { namespace: NAMESPACE, ids: ["é".repeat(257)] }, "INVALID_ID", "514 bytes"],
  ["metadata nested too deep", "Upsert", upsert({ metadata: deep(17) }), "INVALID_METADATA", "records[0].metadata"],
  ["large metadata", "Upsert", upsert({ metadata: { a: "x".repeat(41_000) } }), "METADATA_TOO_LARGE", "40960"],
  ["a large text", "Upsert", upsert({ text: "x".repeat(1_048_577) }), "TEXT_TOO_LARGE", "1048576"],
  ["limit 0", "Query", query({ limit: 0 }), "LIMIT_OUT_OF_RANGE", "limit is 0"],
  ["limit 1,001", "Query", query({ limit: 1_001 }), "LIMIT_OUT_OF_RANGE", "limit is 1001"],
  ["offset + limit 10,001", "Query", query({ offset: 9_992 }), "LIMIT_OUT_OF_RANGE", "offset is 9992"],
  ["ef_search 2,049", "Query", query({ efSearch: 2_049 }), "LIMIT_OUT_OF_RANGE", "ef_search is 2049"],
  ["page size 1,001", "List", { namespace: NAMESPACE, pageSize: 1_001 }, "LIMIT_OUT_OF_RANGE", "page_size is 1001"],
  ["a recall of nothing", "MeasureRecall", { sampleSize: 0 }, "LIMIT_OUT_OF_RANGE", "samples is 0"],
  ["a recall of 1,001 records", "MeasureRecall", { sampleSize: 1_001 }, "LIMIT_OUT_OF_RANGE", "samples is 1001"],
  ["a recall at 0", "MeasureRecall", { limit: 0 }, "LIMIT_OUT_OF_RANGE", "limit is 0"],
  ["a recall under a bad filter", "MeasureRecall", { filter: "a =" }, "INVALID_FILTER", "position 3"],
  ["a recall target of 0", "Query", query({ recallTarget: 0 }), "INVALID_ARGUMENT", "recall_target is 0"],
  ["a recall target of 1.1", "Query", query({ recallTarget: 1.1 }), "INVALID_ARGUMENT", "recall_target is 1.1"],
  [
    "ef and a recall target",
    "Query",
    query({ efSearch: 9, recallTarget: 0.9 }),
    "INVALID_ARGUMENT",
    "both `ef_search`",
  ],
  ["a group size without groups", "Query", query({ groupSize: 2 }), "INVALID_ARGUMENT", "without group_by"],
  ["a path to group by that is none", "Query", query({ groupBy: "a..b" }), "INVALID_ARGUMENT", "position 2"],
  ["groups of 101", "Query", query({ groupBy: "a", groupSize: 101 }), "LIMIT_OUT_OF_RANGE", "group_size is 101"],
  ["lambda 2", "Query", query({ diversity: { lambda: 2 } }), "INVALID_ARGUMENT", "diversity.lambda is 2"],
  ["9 candidates for 10", "Query", query({ diversity: { candidates: 9 } }), "LIMIT_OUT_OF_RANGE", "from 10 to 1000"],
  ["groups and diversity", "Query", query({ groupBy: "a", diversity: {} }), "INVALID_ARGUMENT", "both `diversity`"],
  ["a threshold that is NaN", "Query", query({ scoreThreshold: "NaN" }), "INVALID_ARGUMENT", "score_threshold"],
  [
    "a page token of ours nowhere",
    "List",
    { namespace: NAMESPACE, pageToken: "abc" },
    "INVALID_PAGE_TOKEN",
    "page_token",
  ],
  [
    "a snapshot's page token",
    "ListSnapshots",
    { namespace: NAMESPACE, pageToken: "?" },
    "INVALID_PAGE_TOKEN",
    "page_token",
  ],
  [
    "a namespace's page token",
    "NamespaceService.ListNamespaces",
    { pageToken: "?" },
    "INVALID_PAGE_TOKEN",
    "page_token",
  ],
  ["delete of nothing named", "Delete", { namespace: NAMESPACE }, "MISSING_TARGET", "got none"],
  [
    "hide of ids and all",
    "SoftDelete",
    { namespace: NAMESPACE, ids: ["a"], all: true },
    "MISSING_TARGET",
    "got several",
  ],
  ["restore of nothing named", "Restore", { namespace: NAMESPACE }, "MISSING_TARGET", "got none"],
  ["a snapshot named ../x", "CreateSnapshot", { namespace: NAMESPACE, name: "../x" }, "INVALID_NAME", '"../x"'],
  [
    "a namespace ../x to restore as",
    "RestoreSnapshot",
    { namespace: NAMESPACE, name: "taken", targetNamespace: "../x" },
    "INVALID_NAME",
    '"../x"',
  ],
  ["a snapshot ../x to restore", "RestoreSnapshot", { namespace: NAMESPACE, name: "../x" }, "INVALID_NAME", '"../x"'],
  ["a snapshot ../x to delete", "DeleteSnapshot", { namespace: NAMESPACE, name: "../x" }, "INVALID_NAME", '"../x"'],
  ["a namespace named .", "NamespaceService.CreateNamespace", { name: "." }, "INVALID_NAME", '"."'],
  [
    "a dimension of 65,536",
    "NamespaceService.CreateNamespace",
    { name: "n", config: { dimension: 65_536 } },
    "INVALID_CONFIGURATION",
    "65536",
  ],
  [
    "a status that only a deletion sets",
    "NamespaceService.UpdateNamespace",
    { name: NAMESPACE, status: "NAMESPACE_STATUS_PENDING_DELETION" },
    "INVALID_ARGUMENT",
    "allowed are active, read_only, suspended",
  ],
  [
    "a label to set and to remove",
    "NamespaceService.UpdateNamespace",
    { name: NAMESPACE, labels: { team: "a" }, removeLabels: ["team"] },
    "INVALID_ARGUMENT",
    "remove_labels",
  ],
  [
    "the namespace that exists from the start, to delete",
    "NamespaceService.DeleteNamespace",
    { name: "default" },
    "INVALID_ARGUMENT",
    "cannot be deleted",
  ],
  [
    "a quota of nothing a second",
    "NamespaceService.CreateNamespace",
    { name: "n", quotas: { maxQps: 0 } },
    "INVALID_CONFIGURATION",
    "max_qps is 0",
  ],
  [
    "a quota to clear that is none",
    "NamespaceService.UpdateNamespace",
    { name: NAMESPACE, clearQuotas: ["max_speed"] },
    "INVALID_ARGUMENT",
    "max_speed",
  ],
  [
    "a long description",
    "NamespaceService.CreateNamespace",
    { name: "n", description: "x".repeat(1_025) },
    "INVALID_ARGUMENT",
    "1025 bytes",
  ],
  [
    "a long idempotency key",
    "Upsert",
    upsert({}, { idempotencyKey: "k".repeat(129) }),
    "INVALID_ARGUMENT",
    "129 bytes",
  ],
  ["an idempotency key again", "Upsert", upsert({}, { idempotencyKey: "used" }), "IDEMPOTENCY_KEY_REUSED", "used"],
  ["a write mode of the future", "Upsert", upsert({}, { mode: 9 }), "INVALID_ARGUMENT", "mode"],
  [
    "text and clear_text",
    "Update",
    { namespace: NAMESPACE, updates: [{ id: "a", text: "", clearText: true }] },
    "INVALID_ARGUMENT",
    "clear_text",
  ],
  [
    "a time before 1970",
    "Upsert",
    upsert({ expiresAt: "1969-12-31T23:59:59Z" }),
    "INVALID_ARGUMENT",
    "records[0].expires_at",
  ],
  [
    "expires_at and clear_expires_at",
    "Update",
    { namespace: NAMESPACE, updates: [{ id: "a", expiresAt: "2030-01-01T00:00:00Z", clearExpiresAt: true }] },
    "INVALID_ARGUMENT",
    "clear_expires_at",
  ],
  [
    "another namespace inside of a batch",
    "BatchQuery",
    { namespace: NAMESPACE, queries: [query({ namespace: "default" })] },
    "INVALID_ARGUMENT",
    "queries[0].namespace",
  ],
  [
    "a bad query inside of a batch",
    "BatchQuery",
    { namespace: NAMESPACE, queries: [query({}), query({ vector: [] })] },
    "MISSING_QUERY",
    "queries[1]",
  ],
];

const NOT_FOUND: readonly Row[] = [
  ["no such record to query by", "Query", query({ vector: [], id: "nobody" }), "RECORD_NOT_FOUND", '"nobody"'],
  ["no such namespace to query", "Query", query({ namespace: "nope" }), "NAMESPACE_NOT_FOUND", '"nope"'],
  ["no such namespace to write", "Upsert", { ...upsert({}), namespace: "nope" }, "NAMESPACE_NOT_FOUND", '"nope"'],
  [
    "no such namespace to change",
    "NamespaceService.UpdateNamespace",
    { name: "nope" },
    "NAMESPACE_NOT_FOUND",
    '"nope"',
  ],
  [
    "no such namespace to delete",
    "NamespaceService.DeleteNamespace",
    { name: "nope" },
    "NAMESPACE_NOT_FOUND",
    '"nope"',
  ],
  [
    "no such namespace to measure",
    "NamespaceService.GetNamespaceStats",
    { name: "nope" },
    "NAMESPACE_NOT_FOUND",
    '"nope"',
  ],
  ["no such namespace to read", "NamespaceService.GetNamespace", { name: "nope" }, "NAMESPACE_NOT_FOUND", '"nope"'],
  [
    "an update of nobody",
    "Update",
    { namespace: NAMESPACE, updates: [{ id: "nobody" }] },
    "RECORD_NOT_FOUND",
    '"nobody"',
  ],
  [
    "update_only of nobody",
    "Upsert",
    upsert({ id: "nobody" }, { mode: "WRITE_MODE_UPDATE_ONLY" }),
    "RECORD_NOT_FOUND",
    '"nobody"',
  ],
  [
    "no such snapshot to restore",
    "RestoreSnapshot",
    { namespace: NAMESPACE, name: "no" },
    "SNAPSHOT_NOT_FOUND",
    '"no"',
  ],
  ["no such snapshot to delete", "DeleteSnapshot", { namespace: NAMESPACE, name: "no" }, "SNAPSHOT_NOT_FOUND", '"no"'],
];

const EXISTS: readonly Row[] = [
  ["a namespace again", "NamespaceService.CreateNamespace", { name: NAMESPACE }, "NAMESPACE_EXISTS", '"docs"'],
  [
    "insert_only of one that exists",
    "Upsert",
    upsert({ id: "a" }, { mode: "WRITE_MODE_INSERT_ONLY" }),
    "RECORD_EXISTS",
    '"a"',
  ],
  [
    "a snapshot restored as a namespace that exists",
    "RestoreSnapshot",
    { namespace: NAMESPACE, name: "taken", targetNamespace: "default" },
    "NAMESPACE_EXISTS",
    '"default"',
  ],
  ["a snapshot again", "CreateSnapshot", { namespace: NAMESPACE, name: "taken" }, "SNAPSHOT_EXISTS", '"taken"'],
];

const CONFLICTS: readonly Row[] = [
  ["a version that is not stored", "Upsert", upsert({ id: "a", ifVersion: "999" }), "VERSION_CONFLICT", "999"],
  ["version 0 of one that exists", "Upsert", upsert({ id: "a", ifVersion: "0" }), "VERSION_CONFLICT", '"a"'],
  [
    "an update of another version",
    "Update",
    { namespace: NAMESPACE, updates: [{ id: "a", ifVersion: "999" }] },
    "VERSION_CONFLICT",
    "999",
  ],
];

const PRECONDITIONS: readonly Row[] = [
  ["a key without an admin key", "ApiKeyService.CreateApiKey", {}, "NO_ADMIN_KEY", "VECSTORE_ADMIN_KEY"],
  ["the keys without an admin key", "ApiKeyService.ListApiKeys", {}, "NO_ADMIN_KEY", "VECSTORE_ADMIN_KEY"],
  ["a key to revoke without an admin key", "ApiKeyService.RevokeApiKey", { id: "k" }, "NO_ADMIN_KEY", "keys create"],
  ["a key to rotate without an admin key", "ApiKeyService.RotateApiKey", { id: "k" }, "NO_ADMIN_KEY", "keys create"],
];

const casesOf = (rows: readonly Row[], code: string, http: number): ErrorCase[] =>
  rows.map(([what, method, request, reason, says]) => ({ what, method, request, reason, code, http, says }));

/** Every error that one unary call can bring about. */
export const ERROR_CASES: readonly ErrorCase[] = [
  ...casesOf(INVALID, "invalid_argument", 400),
  ...casesOf(NOT_FOUND, "not_found", 404),
  ...casesOf(EXISTS, "already_exists", 409),
  ...casesOf(CONFLICTS, "aborted", 409),
  ...casesOf(PRECONDITIONS, "failed_precondition", 400),
];

function one(id: string): JsonObject {
  return { id, vector: [1, 0, 0] };
}

function ids(): string[] {
  return Array.from({ length: 1_001 }, (_, at) => String(at));
}

function many(): JsonObject[] {
  return ids().map(one);
}

function deep(levels: number): JsonObject {
  return levels === 1 ? {} : { a: deep(levels - 1) };
}
