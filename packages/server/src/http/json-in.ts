import {
  create,
  type DescEnum,
  type DescField,
  type DescMessage,
  fromJson,
  type JsonValue,
  type MessageShape,
  toJson,
} from "@bufbuild/protobuf";
import { filterFromJson } from "@vecstore/engine";
import { refusal } from "../errors.js";
import { FilterSchema } from "../gen/vecstore/v1/filter_pb.js";
import { filterToWire } from "../rpc/convert/filter.js";

/** Names that API.md accepts beside the schema's, by message. */
const ALIASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "vecstore.v1.CreateNamespaceRequest": { quota: "quotas" },
  "vecstore.v1.UpdateNamespaceRequest": { quota: "quotas" },
  "vecstore.v1.Quotas": { max_queries_per_second: "max_qps" },
};

/**
 * Reads a REST body as a message: names in snake_case or camelCase, enums in short lower case or in full, a filter as text
 * or in its JSON form.
 *
 * @throws ConnectError invalid_argument naming the field
 */
export function messageFromRest<Desc extends DescMessage>(desc: Desc, json: unknown): MessageShape<Desc> {
  const normal = normalize(desc, json, { path: "", depth: 1 });
  try {
    return fromJson(desc, normal);
  } catch (error) {
    throw refusal("INVALID_ARGUMENT", (error as Error).message);
  }
}

type JsonObject = { [key: string]: JsonValue };

/** Where a value stands, and how many messages hold it. */
interface Place {
  readonly path: string;
  readonly depth: number;
}

/** A bound on recursion: the deepest filter that the engine takes has fewer levels. */
const DEPTH_MAX = 100;

/** Rewrites REST's JSON into that of protobuf. Arrays of scalars pass by reference: vectors are large. */
function normalize(desc: DescMessage, json: unknown, { path, depth }: Place): JsonObject {
  if (depth > DEPTH_MAX) throw refusal("INVALID_ARGUMENT", `the body nests deeper than ${DEPTH_MAX} levels`);
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw refusal("INVALID_ARGUMENT", `${path === "" ? "the body" : path.slice(0, -1)} must be a JSON object`);
  }
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(json)) {
    if (value === null || value === undefined) continue;
    const field = findField(desc, key, path);
    // Two spellings of one field: neither may be ignored.
    if (field.name in out)
      throw refusal("INVALID_ARGUMENT", `${path}${key} is given twice, by two names; give it once`);
    if (field.name === "filter" && typeof value === "object") out.filter_ast = filterJson(value);
    else out[field.name] = normalizeField(field, value as JsonValue, { path: path + key, depth });
  }
  return out;
}

/** The JSON form with `$and` and so on, as the typed tree in protobuf's JSON. */
function filterJson(value: unknown): JsonValue {
  return toJson(FilterSchema, create(FilterSchema, filterToWire(filterFromJson(value))));
}

function findField(desc: DescMessage, key: string, path: string): DescField {
  const name = ALIASES[desc.typeName]?.[key] ?? key;
  const field = desc.fields.find((each) => each.name === name || each.jsonName === name);
  if (field !== undefined) return field;
  const known = desc.fields.map((each) => each.name).join(", ");
  throw refusal("INVALID_ARGUMENT", `unknown field ${path}${key}; fields: ${known || "none"}`);
}

function normalizeField(field: DescField, value: JsonValue, place: Place): JsonValue {
  if (field.fieldKind === "list") return normalizeList(field, value, place);
  if (field.fieldKind === "map") return value;
  return normalizeValue(field, value, place);
}

function normalizeList(field: DescField, value: JsonValue, { path, depth }: Place): JsonValue {
  if (!Array.isArray(value) || (field.message === undefined && field.enum === undefined)) return value;
  return value.map((item, at) => normalizeValue(field, item, { path: `${path}[${at}]`, depth }));
}

function normalizeValue(field: DescField, value: JsonValue, { path, depth }: Place): JsonValue {
  if (field.enum !== undefined) return enumName(field.enum, value, path);
  // Well-known types have a JSON of their own.
  if (field.message?.typeName.startsWith("vecstore."))
    return normalize(field.message, value, { path: `${path}.`, depth: depth + 1 });
  return value;
}

function enumName(desc: DescEnum, value: JsonValue, path: string): JsonValue {
  if (typeof value !== "string" || desc.typeName.startsWith("google.")) return value;
  const wanted = value.toUpperCase();
  const known = desc.values.find((each) => each.localName === wanted || each.name === wanted);
  if (known !== undefined) return known.name;
  const names = desc.values.filter((each) => each.number !== 0).map((each) => each.localName.toLowerCase());
  throw refusal("INVALID_ARGUMENT", `${path} is ${JSON.stringify(value)}; allowed: ${names.join(", ")}`);
}
