import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VecStoreClient } from "@vecstore/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pretendTerminal, runForTest } from "../../testing/command.js";
import { exchangesOf, type ForeignServer, startForeignServer } from "../../testing/foreign-server.js";
import { startTestServer, stopTestServers } from "../../testing/server.js";
import type { SourceRow } from "../formats/row.js";
import { CHROMA } from "./chroma.js";
import type { Foreign } from "./foreign.js";
import { apiSource } from "./foreign-source.js";
import { HttpJson } from "./http-json.js";
import { PINECONE } from "./pinecone.js";
import { QDRANT } from "./qdrant.js";

let url: string;
let client: VecStoreClient;
let folder: string;
let restoreTerminal: () => void;
let foreign: ForeignServer | undefined;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "vecstore-cli-"));
  restoreTerminal = pretendTerminal(false);
  vi.stubEnv("VECSTORE_SOURCE_API_KEY", "");
  ({ url } = await startTestServer());
  client = new VecStoreClient(url);
  await client.createNamespace("n", { metric: "euclidean" });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  client.close();
  restoreTerminal();
  await stopTestServers();
  await foreign?.close();
  foreign = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Imports from the recorded API. */
async function migrate(name: string, ...flags: string[]) {
  foreign = await startForeignServer(exchangesOf(name));
  return importOf("--from", name, "--source", foreign.url, ...flags);
}

const importOf = (...args: string[]) => runForTest("import", ...args, "--url", url, "--namespace", "n");

async function stored() {
  const records = [];
  for await (const { version, ...record } of client.namespace("n").export()) records.push(record);
  return records;
}

const vector = (...values: number[]) => Float32Array.from(values);

describe("vecstore import --from qdrant", () => {
  it("scrolls through a collection: payloads become metadata, ids strings", async () => {
    const { status, out } = await migrate("qdrant", "--collection", "books", "--source-api-key", "the key");
    expect([status, JSON.parse(out)]).toMatchObject([3, { rows: 5, imported: 4, failed: 1 }]);
    const page = { title: "One", year: 2019, tags: ["a", "b"], page_content: "Text of one" };
    expect(await stored()).toEqual([
      { id: "1", vector: vector(0.1, 0.2, 0), metadata: page },
      { id: "2", vector: vector(0.3, 0.4, 0.5), metadata: {} },
      { id: "5c56c793-69f3-4fbf-87e6-c4bf54c28c26", vector: vector(1, 0, 0), metadata: { title: "Last" } },
      { id: "7", vector: vector(0.6, 0.7, 0.8) },
    ]);
    expect(foreign?.asked.every(({ headers }) => headers["api-key"] === "the key")).toBe(true);
  });

  it("takes a text out of the payload", async () => {
    await migrate("qdrant", "--collection", "books", "--text-field", "page_content");
    const [one] = await stored();
    expect(one).toMatchObject({ text: "Text of one", metadata: { title: "One", year: 2019, tags: ["a", "b"] } });
    expect(one?.metadata).not.toHaveProperty("page_content");
  });

  it("needs to know which of several vectors, and takes a sparse one along", async () => {
    const unsaid = await migrate("qdrant", "--collection", "named");
    expect([unsaid.status, unsaid.err]).toEqual([
      2,
      expect.stringContaining("the dense vectors image, title, tokens, and a record has one"),
    ]);
    await foreign?.close();
    const image = await migrate("qdrant", "--collection", "named", "--vector-name", "image");
    expect([image.status, image.err]).toEqual([
      3,
      expect.stringContaining('the point has no vector "image"; it has "title"'),
    ]);
    expect(await stored()).toEqual([
      { id: "1", vector: vector(1, 2), sparse: { indices: [7, 40], values: [-1.25, 0.5] }, metadata: { n: 1 } },
      { id: "2", vector: vector(3, 4), metadata: { n: 2 } },
      { id: "4", vector: vector(5, 6), metadata: { n: 4 } },
    ]);
    await foreign?.close();
    const multi = await migrate("qdrant", "--collection", "named", "--vector-name", "tokens", "--mode", "insert_only");
    expect(multi.err).toContain("multivector");
  });

  it("refuses an id that JSON does not keep, and goes no page further from one", async () => {
    const path = join(folder, "scrolled.json");
    writeFileSync(path, '{"points": [{"id": 9007199254740993, "vector": [1]}]}');
    const { status, err } = await importOf(path, "--from", "qdrant");
    expect([status, err]).toEqual([3, expect.stringContaining("above 2^53")]);
    const page = { result: { points: [{ id: 1, vector: [1] }], next_page_offset: 2 ** 60 } };
    const posted = (path: string) => ({ method: "POST", path: `/collections/books/points/${path}` });
    foreign = await startForeignServer([
      { request: posted("count"), response: { status: 200, body: { result: { count: 2 } } } },
      { request: posted("scroll"), response: { status: 200, body: page } },
    ]);
    const cut = await importOf("--from", "qdrant", "--source", foreign.url, "--collection", "books");
    expect([cut.status, cut.err]).toEqual([1, expect.stringContaining("the next page cannot be asked for")]);
  });

  it("says what the server answered", async () => {
    const { status, err } = await migrate("qdrant", "--collection", "nope");
    expect([status, err]).toEqual([
      1,
      expect.stringMatching(/POST .*\/collections\/nope\/points\/scroll answered 404: .*doesn't exist/),
    ]);
  });
});

describe("vecstore import --from chroma", () => {
  it("gets a collection page by page: documents become texts", async () => {
    vi.stubEnv("VECSTORE_SOURCE_API_KEY", "a token");
    const { status, out } = await migrate("chroma", "--collection", "books");
    expect([status, JSON.parse(out)]).toMatchObject([0, { rows: 5, imported: 5 }]);
    expect(await stored()).toEqual([
      { id: "b0", vector: vector(0, 1, 0), text: "Book 0", metadata: { good: true, rating: 0, year: 2019 } },
      { id: "b1", vector: vector(0.1, 1, -0.25), text: "Book 1", metadata: { good: false, rating: 1 / 3, year: 2020 } },
      { id: "b2", vector: vector(0.19999999, 1, -0.5), metadata: { good: true, rating: 2 / 3, year: 2021 } },
      { id: "b3", vector: vector(0.3, 1, -0.75000006), text: "Book 3" },
      { id: "b4", vector: vector(0.4, 1, -1), text: "Book 4", metadata: { good: true, rating: 4 / 3, year: 2023 } },
    ]);
    expect(foreign?.asked[0]?.headers["x-chroma-token"]).toBe("a token");
  });

  it("says that there is no such collection", async () => {
    const { status, err } = await migrate("chroma", "--collection", "nope");
    expect([status, err]).toEqual([1, expect.stringContaining("answered 404")]);
    expect(err).toContain("Collection [nope] does not exist");
  });
});

describe("vecstore import --from pinecone", () => {
  it("lists the ids of a namespace and fetches them", async () => {
    const { status, out, err } = await migrate("pinecone", "--source-namespace", "films", "--source-api-key", "k");
    expect([status, JSON.parse(out)]).toMatchObject([3, { rows: 4, imported: 3, failed: 1 }]);
    expect(err).toContain('id "gone"');
    expect(await stored()).toEqual([
      {
        id: "doc1#chunk1",
        vector: vector(0.568879, 0.632687092, 0.856837332),
        metadata: { text: "A text", year: 2019 },
      },
      {
        id: "doc1#chunk2",
        vector: vector(0.5, -0.25, 1.5),
        metadata: { genre: "comedy", year: 2020, stars: ["x", "y"], long: false },
      },
      { id: "sparse", sparse: { indices: [2, 30], values: [0.25, 0.5] }, metadata: { year: 2021 } },
    ]);
    expect(foreign?.asked[0]?.headers).toMatchObject({ "api-key": "k", "x-pinecone-api-version": "2026-04" });
  });

  it("says that the key is wrong, and shows no key", async () => {
    const { status, err } = await migrate("pinecone", "--source-api-key", "secret");
    expect([status, err]).toEqual([1, expect.stringMatching(/GET .*\/vectors\/list answered 401: .*Invalid API key/)]);
    expect(err).not.toContain("secret");
  });
});

describe("a file that keeps answers", () => {
  const bodyOf = (name: string, path: string) =>
    exchangesOf(name)
      .filter(({ request }) => request.path.includes(path))
      .map(({ response }) => response.body);

  it.each([
    ["qdrant", bodyOf("qdrant", "books/points/scroll"), 4],
    ["chroma", bodyOf("chroma", "/get"), 5],
    ["pinecone", bodyOf("pinecone", "/fetch"), 3],
  ])("of %s, one a line", async (name, bodies, count) => {
    const path = join(folder, "answers.jsonl");
    writeFileSync(path, bodies.map((body) => `${JSON.stringify(body)}\n`).join(""));
    const { out } = await importOf(path, "--from", name);
    expect(JSON.parse(out)).toMatchObject({ imported: count });
    expect(await stored()).toHaveLength(count);
  });

  it.each([
    ["qdrant", { points: [{ id: 1, vector: [1, 2], payload: { a: 1 } }] }],
    ["qdrant", { result: [{ id: 1, vector: [1, 2], payload: { a: 1 } }] }],
    ["qdrant", { points: [{ id: 1, vector: { "": [1, 2] }, payload: { a: 1 } }] }],
    ["pinecone", { vectors: [{ id: "1", values: [1, 2], metadata: { a: 1 } }] }],
    ["chroma", { ids: ["1"], embeddings: [[1, 2]], metadatas: [{ a: 1 }], documents: null }],
  ])("of %s, as a whole: %j", async (name, body) => {
    const path = join(folder, "answer.json");
    writeFileSync(path, JSON.stringify(body, undefined, 2));
    expect((await importOf(path, "--from", name)).status).toBe(0);
    expect(await stored()).toEqual([{ id: "1", vector: vector(1, 2), metadata: { a: 1 } }]);
  });

  it.each([
    ["{}", "document 1 of"],
    ["{", "is neither JSON nor lines of JSON"],
  ])("of something else is refused: %s", async (text, says) => {
    const path = join(folder, "answer.json");
    writeFileSync(path, text);
    const { status, err } = await importOf(path, "--from", "qdrant");
    expect([status, err]).toEqual([2, expect.stringContaining(says)]);
  });
});

describe("the flags of --from", () => {
  it.each([
    [["--from", "qdrant"], "give one of them"],
    [["--from", "qdrant", "--source", "x"], "the collection of qdrant is missing"],
    [["--from", "pinecone", "--source", "x", "--collection", "c"], "pinecone has namespaces"],
    [["--from", "chroma", "--source", "x", "--collection", "c", "--source-namespace", "n"], "chroma has collections"],
    [["--from", "chroma", "--source", "x", "--vector-name", "c"], "--vector-name means something to qdrant only"],
    [["--from", "chroma", "--source", "x", "--format", "csv"], "--format means nothing together with --from"],
    [["--from", "milvus"], "--from is milvus; allowed: qdrant, chroma, pinecone"],
    [["a.jsonl", "--collection", "c"], "--collection means nothing to jsonl; it is for --from"],
  ])("%j", async (args, says) => {
    const { status, err } = await importOf(...args);
    expect([status, err]).toEqual([2, expect.stringContaining(says)]);
  });
});

describe("apiSource", () => {
  const place = {
    collection: "books",
    namespace: "films",
    tenant: "default_tenant",
    database: "default_database",
    pageSize: 3,
  };
  const choice = { vectorName: undefined, textField: undefined };
  const idOf = ({ record, source }: SourceRow) => record?.id ?? (source as { id: unknown }).id;

  it.each([
    ["qdrant", QDRANT, 3, [0, 1, 2, 3, 4, 5], ["1", "2", "7", 9, "5c56c793-69f3-4fbf-87e6-c4bf54c28c26"]],
    // It is asked for what comes behind a point, and the file has the pages that begin here.
    ["chroma", CHROMA, 3, [0, 3, 5], ["b0", "b1", "b2", "b3", "b4"]],
    ["pinecone", PINECONE, 100, [0, 1, 2, 3, 4], ["doc1#chunk1", "doc1#chunk2", "gone", "sparse"]],
  ] as const)("goes on behind points of %s", async (name, of: Foreign, pageSize, afters, ids) => {
    const exchanges = exchangesOf(name).map((exchange) => {
      // Points that are done come without their content.
      const { with_payload, with_vector, ...body } = exchange.request.body ?? {};
      return { ...exchange, request: { ...exchange.request, body } };
    });
    foreign = await startForeignServer(exchanges, 2);
    for (const after of afters) {
      const source = apiSource(of, new HttpJson(foreign.url, {}, 1), { ...place, pageSize }, choice);
      const rows: SourceRow[] = [];
      for await (const row of source.rows(after)) rows.push(row);
      expect(rows.map((row) => String(idOf(row)))).toEqual(ids.slice(after).map(String));
      expect(rows.map(({ row }) => row)).toEqual(ids.slice(after).map((_, at) => after + at + 1));
      expect(source.progress()).toEqual({ done: ids.length, total: ids.length });
    }
  });

  it("fetches long ids of Pinecone in parts", async () => {
    const ids = Array.from({ length: 30 }, (_, n) => `${n}-${"x".repeat(400)}`);
    const fetched: number[] = [];
    const http = {
      async get(path: string) {
        if (path.startsWith("/vectors/list")) return { vectors: ids.map((id) => ({ id })) };
        const asked = new URL(path, "http://localhost").searchParams.getAll("ids");
        expect(path.length).toBeLessThan(5_000);
        fetched.push(asked.length);
        return { vectors: Object.fromEntries(asked.map((id) => [id, { id, values: [1] }])) };
      },
    } as unknown as HttpJson;
    const pages = [];
    for await (const page of PINECONE.pages(http, { ...place, pageSize: 100, after: 0 })) pages.push(page);
    expect(pages[0]?.points?.map((point) => (point as { id: string }).id)).toEqual(ids);
    expect(fetched.reduce((sum, count) => sum + count, 0)).toBe(30);
  });

  it.each([
    ["", ""],
    ["", "__default__"],
    ["__default__", ""],
    ["__default__", "__default__"],
    ["films", "films"],
  ])("counts the namespace %j of Pinecone, which it calls %j", async (namespace, called) => {
    const http = { post: async () => ({ namespaces: { other: { vectorCount: 1 }, [called]: { vectorCount: 3 } } }) };
    expect(await PINECONE.count(http as unknown as HttpJson, { ...place, namespace, after: 0 })).toBe(3);
  });

  it("gives up on a server that is not there", async () => {
    const source = apiSource(QDRANT, new HttpJson("http://127.0.0.1:1", {}, 1), place, choice);
    await expect(source.rows(0).next()).rejects.toThrow(/POST http:\/\/127\.0\.0\.1:1.* failed: /);
  });
});
