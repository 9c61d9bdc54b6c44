import { DecodeError, type Reader } from "./reader.js";
import type { JsonObject, JsonValue } from "./schema.js";
import type { Writer } from "./writer.js";

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

/** A server allows 16 levels. */
const DEPTH_MAX = 100;

/** Writes a JSON object as google.protobuf.Struct, without its length. Keys whose value is undefined are left out. */
export function writeStruct(writer: Writer, object: JsonObject): void {
  const keys = Object.keys(object);
  for (let i = keys.length - 1; i >= 0; i--) {
    const key = keys[i]!;
    const value = object[key];
    if (value === undefined) continue;
    const end = writer.length;
    writeValue(writer, value);
    writer.varint(writer.length - end);
    writer.varint(ENTRY_VALUE);
    const keyEnd = writer.length;
    writer.text(key);
    writer.varint(writer.length - keyEnd);
    writer.varint(ENTRY_KEY);
    writer.varint(writer.length - end);
    writer.varint(FIELDS_ENTRY);
  }
}

function writeValue(writer: Writer, value: JsonValue): void {
  if (typeof value === "number") {
    writer.double(value);
    writer.varint(NUMBER);
  } else if (typeof value === "boolean") {
    writer.varint(value ? 1 : 0);
    writer.varint(BOOL);
  } else if (value === null) {
    writer.varint(0);
    writer.varint(NULL);
  } else {
    const end = writer.length;
    const tag = writeContent(writer, value);
    writer.varint(writer.length - end);
    writer.varint(tag);
  }
}

/** Writes what has a length, without it, and returns its tag. */
function writeContent(writer: Writer, value: string | JsonValue[] | JsonObject): number {
  if (typeof value === "string") {
    writer.text(value);
    return STRING;
  }
  if (!Array.isArray(value)) {
    writeStruct(writer, value);
    return STRUCT;
  }
  for (let i = value.length - 1; i >= 0; i--) {
    const end = writer.length;
    writeValue(writer, value[i]!);
    writer.varint(writer.length - end);
    writer.varint(LIST_VALUES);
  }
  return LIST;
}

/** Reads a google.protobuf.Struct that ends where the reader ends. */
export function readStruct(reader: Reader, depth = 1): JsonObject {
  if (depth > DEPTH_MAX) throw new DecodeError("metadata nest too deep");
  const object: JsonObject = {};
  const { end } = reader;
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag !== FIELDS_ENTRY) {
      reader.skip(tag);
      continue;
    }
    reader.end = reader.limit();
    readEntry(reader, object, depth);
    reader.end = end;
  }
  return object;
}

function readEntry(reader: Reader, object: JsonObject, depth: number): void {
  let key = "";
  let value: JsonValue = null;
  const { end } = reader;
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === ENTRY_KEY) key = reader.text();
    else if (tag === ENTRY_VALUE) {
      value = readWithin(reader, readValue, depth);
    } else reader.skip(tag);
  }
  // Setting this one would change the object's prototype.
  if (key === "__proto__")
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  else object[key] = value;
}

/** A value that ends where the reader ends. */
function readValue(reader: Reader, depth: number): JsonValue {
  let value: JsonValue = null;
  while (reader.at < reader.end) {
    const tag = reader.varint();
    switch (tag) {
      case STRING:
        value = reader.text();
        break;
      case NUMBER:
        value = reader.double();
        break;
      case BOOL:
        value = reader.varint() !== 0;
        break;
      case STRUCT:
        value = readWithin(reader, readStruct, depth + 1);
        break;
      case LIST:
        value = readWithin(reader, readList, depth + 1);
        break;
      default:
        // Null, and what a later schema may add.
        reader.skip(tag);
        value = null;
    }
  }
  return value;
}

function readList(reader: Reader, depth: number): JsonValue[] {
  if (depth > DEPTH_MAX) throw new DecodeError("metadata nest too deep");
  const values: JsonValue[] = [];
  while (reader.at < reader.end) {
    const tag = reader.varint();
    if (tag === LIST_VALUES) values.push(readWithin(reader, readValue, depth));
    else reader.skip(tag);
  }
  return values;
}

function readWithin<T>(reader: Reader, read: (reader: Reader, depth: number) => T, depth: number): T {
  const { end } = reader;
  reader.end = reader.limit();
  const value = read(reader, depth);
  reader.end = end;
  return value;
}
