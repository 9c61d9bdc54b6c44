import { readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import { describe, expect, it } from "vitest";
import { exchangesOf, type ForeignServer, startForeignServer } from "../../testing/foreign-server.js";
import type { Foreign } from "./foreign.js";
import { apiSource } from "./foreign-source.js";
import { HttpJson } from "./http-json.js";
import { PINECONE } from "./pinecone.js";
import { QDRANT } from "./qdrant.js";

/** What is used here of a description by OpenAPI 3.0. */
interface Operation {
  readonly parameters: readonly {
    readonly in: string;
    readonly name: string;
    readonly required?: boolean;
    readonly schema: object;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content: Content }>>;
}
interface Content {
  readonly "application/json": { readonly schema: object };
}
interface Api {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

const APIS = {
  qdrant: publishedApi("qdrant/openapi.json"),
  pinecone: publishedApi("pinecone/db_data_2026-04.oas.json"),
};

function publishedApi(file: string): Api {
  const url = new URL(`../../../../../third_party/${file}`, import.meta.url);
  return closed(JSON.parse(readFileSync(url, "utf8"))) as Api;
}

/**
 * The same with nothing allowed but what is described, so that a misspelled field is seen; and `nullable` alone, which OpenAPI uses for
 * null and JSON Schema does not know, as the type null.
 */
function closed(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(closed);
  if (typeof json !== "object" || json === null) return json;
  if (JSON.stringify(json) === '{"nullable":true}') return { type: "null" };
  const known = Object.fromEntries(Object.entries(json).map(([name, value]) => [name, closed(value)]));
  const isClosable = known.type === "object" && known.properties !== undefined;
  return isClosable ? { additionalProperties: false, ...known } : known;
}

function validatorOf(api: Api, schema: object): ValidateFunction {
  return new Ajv({ strict: false, validateFormats: false }).compile({ ...schema, components: api.components });
}

function faultsOf(api: Api, schema: object, value: unknown): unknown {
  const validate = validatorOf(api, schema);
  return validate(value) ? [] : validate.errors;
}

/** The operation of an address, and the address's parameters. */
function operationOf(api: Api, method: string, address: string) {
  const { pathname, searchParams } = new URL(address, "http://localhost");
  const fits = (template: string) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(pathname);
  const template = Object.keys(api.paths).find(fits);
  const operation = template === undefined ? undefined : api.paths[template]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`${method} ${pathname} is not published`);
  return { operation, searchParams };
}

describe("the fixtures", () => {
  it.each(
    (["qdrant", "pinecone"] as const).flatMap((name) =>
      exchangesOf(name).map(({ request, response }) => [name, request.method, request.path, response] as const),
    ),
  )("of %s answer as is published: %s %s", (name, method, path, { status, body }) => {
    const { operation } = operationOf(APIS[name], method, path);
    const answer = operation.responses[status] ?? operation.responses[`${Math.floor(status / 100)}XX`];
    expect(faultsOf(APIS[name], answer!.content["application/json"].schema, body)).toEqual([]);
  });

  it.each([
    ["qdrant", { result: { points: [{ id: 1, vectors: [1] }] } }],
    ["qdrant", { result: { points: [{ payload: {} }] } }],
    ["qdrant", { result: { points: [{ id: 1, vector: { words: { indices: [1] } } }] } }],
    ["pinecone", { vectors: { a: { id: "a", sparse_values: { indices: [1], values: [1] } } } }],
    ["pinecone", { vectors: [{ id: "a" }] }],
  ] as const)("of %s could not answer %j", (name, body) => {
    const path = { qdrant: "/collections/x/points/scroll", pinecone: "/vectors/fetch" }[name];
    const { operation } = operationOf(APIS[name], name === "qdrant" ? "POST" : "GET", path);
    expect(faultsOf(APIS[name], operation.responses["200"]!.content["application/json"].schema, body)).not.toEqual([]);
  });
});

describe("the requests", () => {
  it.each([
    ["qdrant", QDRANT, { collection: "books" }, 0, 3],
    ["qdrant", QDRANT, { collection: "books" }, 3, 3],
    ["pinecone", PINECONE, { namespace: "films" }, 0, 5],
    ["pinecone", PINECONE, { namespace: "films" }, 2, 4],
  ] as const)("to %s are as is published", async (name, of: Foreign, where, after, count) => {
    const asked = await askedFor(name, of, where, after);
    expect(asked).toHaveLength(count);
    for (const { method, path, headers, body } of asked) {
      const { operation, searchParams } = operationOf(APIS[name], method, path);
      const { parameters, requestBody } = operation;
      const queries = parameters.filter((each) => each.in === "query");
      const names = queries.map((each) => each.name);
      expect(names).toEqual(expect.arrayContaining([...searchParams.keys()]));
      const required = parameters.filter((each) => each.required === true);
      for (const each of required.filter((needed) => needed.in === "header"))
        expect(headers).toHaveProperty(each.name.toLowerCase());
      for (const each of required.filter((needed) => needed.in === "query"))
        expect(searchParams.has(each.name)).toBe(true);
      expect(body === undefined).toBe(requestBody === undefined);
      if (requestBody !== undefined)
        expect(faultsOf(APIS[name], requestBody.content["application/json"].schema, body)).toEqual([]);
    }
  });
});

/** What a server is asked for all points behind the first ones. */
async function askedFor(
  name: string,
  of: Foreign,
  where: { readonly collection?: string; readonly namespace?: string },
  after: number,
): Promise<ForeignServer["asked"]> {
  const exchanges = exchangesOf(name).map(({ request, response }) => {
    // Points that are done come without their content.
    const { with_payload, with_vector, ...body } = request.body ?? {};
    return { response, request: { ...request, body } };
  });
  const foreign = await startForeignServer(exchanges);
  try {
    const place = {
      collection: "",
      namespace: "",
      tenant: "",
      database: "",
      pageSize: name === "qdrant" ? 3 : 100,
      ...where,
    };
    const choice = { vectorName: undefined, textField: undefined };
    const source = apiSource(of, new HttpJson(foreign.url, of.keyHeader("k")), place, choice);
    for await (const _ of source.rows(after));
    return foreign.asked;
  } finally {
    await foreign.close();
  }
}
