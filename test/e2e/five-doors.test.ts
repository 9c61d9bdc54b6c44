import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DOORS } from "./harness/doors.js";
import { failedByConnectJson, type Outcome } from "./harness/outcome.js";
import { methodOf } from "./harness/schema.js";
import { startTestServer, type TestServer, TLS, TLS_CLIENT } from "./harness/server.js";

const RECORDS: JsonObject[] = [
  {
    id: "a",
    vector: [1, 0, 0],
    metadata: { kind: "near", year: 2024, tags: ["x", "y"] },
    text: "The first of three",
    sparse: { indices: [3, 4294967295], values: [0.5, -1] },
    expiresAt: "2999-12-31T23:59:59.250Z",
  },
  { id: "é 日本", vector: [0.1, 0.2, 0.3], metadata: { kind: "near", author: { name: "Ada" } } },
  { id: "b", vector: [-1, 0.5, 0], metadata: { kind: "far", score: -1.5, none: null } },
  { id: "t", text: "Three words, no vector", metadata: { kind: "far" } },
  { id: "s", sparse: { indices: [3, 9], values: [2, 0.25] } },
];

/** Calls that change nothing, so that every door must answer the same. */
const CALLS: readonly (readonly [name: string, method: string, request: JsonObject])[] = [
  [
    "a query with all that it can carry",
    "Query",
    {
      namespace: "docs",
      vector: [0.5, 0.5, 0.1],
      limit: 2,
      filter: "kind = 'near'",
      exact: true,
      includeVector: true,
      includeText: true,
    },
  ],
  [
    "a query by bytes",
    "Query",
    { namespace: "docs", vectorF32: Buffer.from(new Float32Array([1, 2, 3]).buffer).toString("base64") },
  ],
  ["a query by the id of a record", "Query", { namespace: "docs", id: "é 日本", limit: 2, includeVector: true }],
  [
    "a query by groups",
    "Query",
    { namespace: "docs", vector: [0.5, 0.5, 0.1], groupBy: "kind", limit: 2, groupSize: 2 },
  ],
  [
    "a query for diverse results",
    "Query",
    { namespace: "docs", vector: [0.5, 0.5, 0.1], limit: 2, diversity: { lambda: 0.2, candidates: 3 } },
  ],
  [
    "a query by text",
    "Query",
    { namespace: "docs", text: "three vectors", limit: 3, includeText: true, includeVector: true },
  ],
  [
    "a query by a sparse vector",
    "Query",
    { namespace: "docs", sparse: { indices: [3], values: [2] }, includeVector: true },
  ],
  [
    "a hybrid query",
    "Query",
    {
      namespace: "docs",
      vector: [0.5, 0.5, 0.1],
      text: "three",
      sparse: { indices: [3], values: [2] },
      filter: "NOT kind = 'near' OR year = 2024",
      fusion: { method: "FUSION_METHOD_WEIGHTED", alpha: 0.4, candidates: 20 },
      exact: true,
    },
  ],
  [
    "an explained query",
    "Query",
    { namespace: "docs", vector: [1, 1, 0], text: "three", filter: "year = 2024", explain: true },
  ],
  ["a query with a recall target", "Query", { namespace: "docs", vector: [1, 1, 0], recallTarget: 0.95 }],
  ["a query that finds nothing", "Query", { namespace: "docs", vector: [1, 1, 1], filter: "kind = 'none'" }],
  [
    "a batch of queries",
    "BatchQuery",
    {
      namespace: "docs",
      queries: [
        { vector: [1, 0, 0], limit: 1 },
        { vector: [0, 1, 0], scoreThreshold: 0.5 },
      ],
    },
  ],
  [
    "records by id",
    "Get",
    { namespace: "docs", ids: ["é 日本", "nobody", "a"], includeVector: true, includeText: true },
  ],
  ["a page of records", "List", { namespace: "docs", pageSize: 2 }],
  ["a count", "Count", { namespace: "docs", filter: "NOT year > 2020" }],
  ["the recall of the index", "MeasureRecall", { namespace: "docs", sampleSize: 2, limit: 2, filter: "EXISTS kind" }],
  ["a namespace", "NamespaceService.GetNamespace", { name: "docs" }],
  ["the snapshots", "ListSnapshots", { namespace: "docs" }],
];

describe.each([
  ["in clear text", {}],
  ["over TLS", TLS],
])("one port, %s", (_, settings) => {
  let server: TestServer;

  beforeAll(async () => {
    // An answer that is kept says so, from the third door on.
    server = await startTestServer({ ...settings, cacheBytes: 0 });
    await server.ask("NamespaceService.CreateNamespace", {
      name: "docs",
      config: { dimension: 3 },
      labels: { a: "1" },
    });
    await server.ask("Upsert", { namespace: "docs", records: RECORDS });
    await server.ask("CreateSnapshot", { namespace: "docs", name: "first" });
  });
  afterAll(() => server?.stop());

  test.each(CALLS)("every door answers the same to %s", async (_name, method, request) => {
    const rpc = methodOf(method);
    const doors = DOORS.filter(({ supports }) => supports(rpc));
    const answers: Record<string, Outcome> = {};
    for (const door of doors) answers[door.name] = withoutTimes(await door.call(server, rpc, request));
    const [first] = Object.values(answers);
    expect(first).toMatchObject({ ok: true });
    expect(answers).toEqual(Object.fromEntries(doors.map(({ name }) => [name, first])));
  });

  test("vectors come back bit for bit, and what was asked for is there", async () => {
    const [, method, request] = CALLS[0]!;
    expect(withoutTimes({ ok: true, message: await server.ask(method, request) })).toMatchObject({
      message: {
        results: [
          {
            id: "a",
            vector: [1, 0, 0],
            text: "The first of three",
            metadata: { kind: "near", year: 2024, tags: ["x", "y"] },
          },
          { id: "é 日本", vector: [...new Float32Array([0.1, 0.2, 0.3])].map((x) => expect.closeTo(x, 7)) },
        ],
        stats: { strategy: "QUERY_STRATEGY_FILTER_SCAN", filtered_count: "2" },
      },
    });
  });

  test("a hybrid query finds records by what they have, and gives a score for all of it", async () => {
    const [, method, request] = CALLS.find(([name]) => name === "a hybrid query")!;
    const { results, stats } = (await server.ask(method, request)) as {
      results: { id: string; score: number; distance?: number }[];
      stats: JsonObject;
    };
    expect(stats.strategy).toBe("QUERY_STRATEGY_FUSED");
    // `a` is the best by vector, shares the best text with `t`, and is behind `s` by sparse vector.
    expect(results.map(({ id, distance }) => [id, distance])).toEqual([
      ["a", undefined],
      ["s", undefined],
      ["t", undefined],
      ["b", undefined],
    ]);
    expect(results[0]!.score).toBeCloseTo(0.7, 5);
  });
});

const BUF = fileURLToPath(new URL("../../node_modules/.bin/buf", import.meta.url));
const runFile = promisify(execFile);

describe.each([
  ["in clear text", {}, ["--http2-prior-knowledge"]],
  ["over TLS", TLS, ["--cacert", TLS_CLIENT.caFile]],
] as const)("buf curl with reflection, %s", (_, settings, connection) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer(settings);
    await server.ask("Upsert", { records: RECORDS });
  });
  afterAll(() => server?.stop());

  const buf = async (...args: readonly string[]) => (await runFile(BUF, ["curl", ...connection, ...args])).stdout;

  test.each(["connect", "grpc", "grpcweb"])("asks by %s", async (protocol) => {
    const url = `${server.url}/vecstore.v1.VecStoreService/Query`;
    const printed = await buf("--protocol", protocol, "--data", '{"vector": [1, 0, 0], "limit": 1}', url);
    expect(JSON.parse(printed)).toMatchObject({ results: [{ id: "a", score: 1, metadata: { kind: "near" } }] });
  });

  test("prints an error with its details", async () => {
    const url = `${server.url}/vecstore.v1.VecStoreService/Query`;
    const failure = await buf("--protocol", "grpc", "--data", '{"vector": [1]}', url).then(String, (error) => error);
    const outcome = failedByConnectJson(failure.stderr, 0);
    expect(outcome).toMatchObject({ code: "invalid_argument", reason: "DIMENSION_MISMATCH" });
  });

  test("lists every service", async () => {
    expect((await buf("--list-services", server.url)).trim().split("\n").sort()).toEqual([
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
      "vecstore.v1.ApiKeyService",
      "vecstore.v1.NamespaceService",
      "vecstore.v1.VecStoreService",
    ]);
  });
});

const hasCurl = spawnSync("curl", ["--version"]).status === 0;
const isCi = process.env.CI === "true";
if (!hasCurl && !isCi) console.warn("curl tests are skipped: no curl; run apt-get install curl");

describe.skipIf(!hasCurl && !isCi)("curl, for REST", () => {
  let plain: TestServer;
  let tls: TestServer;

  beforeAll(async () => {
    [plain, tls] = await Promise.all([startTestServer(), startTestServer(TLS)]);
    await Promise.all([plain, tls].map((server) => server.ask("Upsert", { records: RECORDS })));
  });
  afterAll(() => Promise.all([plain?.stop(), tls?.stop()]));

  // `--http2` on clear text offers an upgrade to h2c, as Java's clients do too; the server answers by HTTP/1.1.
  test.each([
    ["HTTP/1.1", "plain", ["--http1.1"], "1.1"],
    ["HTTP/1.0", "plain", ["--http1.0"], "1.1"],
    ["an offer to upgrade to h2c", "plain", ["--http2"], "1.1"],
    ["HTTP/2 with prior knowledge", "plain", ["--http2-prior-knowledge"], "2"],
    ["TLS and HTTP/1.1", "tls", ["--http1.1"], "1.1"],
    ["TLS and HTTP/2", "tls", ["--http2"], "2"],
  ] as const)("asks by %s", async (_, which, flags, version) => {
    const server = which === "tls" ? tls : plain;
    const body = ["-H", "content-type: application/json", "-d", '{"vector": [1, 0, 0], "limit": 1}'];
    const output = ["-sS", "--cacert", TLS_CLIENT.caFile, "-w", "\n%{http_code} %{http_version}"];
    const { stdout } = await runFile("curl", [...flags, ...body, ...output, `${server.url}/v1/query`]);
    const [json, status] = stdout.trim().split("\n");
    expect(status).toBe(`200 ${version}`);
    expect(JSON.parse(json!)).toMatchObject({
      results: [{ id: "a", score: 1, distance: 0, version: 1, metadata: { kind: "near", year: 2024 } }],
      stats: { strategy: "flat_scan", approximate: false },
    });
  });
});

/** Times differ from run to run. */
function withoutTimes(outcome: Outcome): Outcome {
  return JSON.parse(
    JSON.stringify(outcome, (key, value) => {
      if (key === "stages") return value.filter(({ name }: { name: string }) => name !== "wait");
      return key.endsWith("_ms") ? undefined : value;
    }),
  );
}
