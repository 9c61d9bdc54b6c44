import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { UNUSUAL, type WireReader } from "./wire-reader.js";

/** Tags of google.protobuf.Struct and what is in it: the field's number, and how it is written. */
const FIELDS_ENTRY = (1 << 3) | 2;
const ENTRY_KEY = (1 << 3) | 2;
const ENTRY_VALUE = (2 << 3) | 2;
const LIST_VALUES = (1 << 3) | 2;
const NULL = 1 << 3;
const NUMBER = (2 << 3) | 1;
const STRING = (3 << 3) | 2;
const BOOL = 4 << 3;
const STRUCT = (5 << 3) | 2;
const LIST = (6 << 3) | 2;

/** The engine allows 16 levels; what is deeper is refused by who says so. */
const DEPTH_MAX = 20;
/** Setting it would change the object's prototype. */
const PROTOTYPE = "__proto__";

/** Reads a google.protobuf.Struct that ends where the reader's message ends, as the JSON object that it is. */
export function readStruct(reader: WireReader, depth = 1): JsonObject {
  if (depth > DEPTH_MAX) throw UNUSUAL;
  const json: JsonObject = {};
  const { end } = reader;
  while (reader.at < end) {
    expectTag(reader, FIELDS_ENTRY);
    reader.end = reader.limit();
    expectTag(reader, ENTRY_KEY);
    const key = reader.text();
    if (key === PROTOTYPE) throw UNUSUAL;
    expectTag(reader, ENTRY_VALUE);
    if (reader.limit() !== reader.end) throw UNUSUAL;
    json[key] = readValue(reader, depth);
    reader.end = end;
  }
  return json;
}

/** One value, which fills what is left up to the reader's end: a value without content, or with several, is not plain. */
function readValue(reader: WireReader, depth: number): JsonValue {
  const { end } = reader;
  const value = readKind(reader, depth);
  if (reader.at !== end) throw UNUSUAL;
  return value;
}

function readKind(reader: WireReader, depth: number): JsonValue {
  switch (reader.varint()) {
    case STRING:
      return reader.text();
    case NUMBER:
      return finite(reader.double());
    case BOOL:
      return reader.bool();
    case NULL:
      if (reader.varint() !== 0) throw UNUSUAL;
      return null;
    case STRUCT:
      if (reader.limit() !== reader.end) throw UNUSUAL;
      return readStruct(reader, depth + 1);
    case LIST:
      if (reader.limit() !== reader.end) throw UNUSUAL;
      return readList(reader, depth + 1);
    default:
      throw UNUSUAL;
  }
}

function readList(reader: WireReader, depth: number): JsonValue[] {
  if (depth > DEPTH_MAX) throw UNUSUAL;
  const values: JsonValue[] = [];
  const { end } = reader;
  while (reader.at < end) {
    expectTag(reader, LIST_VALUES);
    reader.end = reader.limit();
    values.push(readValue(reader, depth));
    reader.end = end;
  }
  return values;
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw UNUSUAL;
  return value;
}

function expectTag(reader: WireReader, tag: number): void {
  if (reader.varint() !== tag) throw UNUSUAL;
}
