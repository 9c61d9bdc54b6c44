import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { BackWriter } from "./back-writer.js";

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

/** Writes a JSON object as google.protobuf.Struct, from its last key to its first. */
export function writeStruct(writer: BackWriter, json: JsonObject): void {
  const keys = Object.keys(json);
  for (let i = keys.length - 1; i >= 0; i--) {
    const key = keys[i]!;
    const entry = writer.length;
    const value = writer.length;
    writeValue(writer, json[key] as JsonValue);
    writer.varint(writer.length - value);
    writer.varint(ENTRY_VALUE);
    writer.text(key);
    writer.varint(ENTRY_KEY);
    writer.varint(writer.length - entry);
    writer.varint(FIELDS_ENTRY);
  }
}

function writeValue(writer: BackWriter, value: JsonValue): void {
  if (typeof value === "string") {
    writer.text(value);
    writer.varint(STRING);
  } else if (typeof value === "number") {
    writer.double(value);
    writer.varint(NUMBER);
  } else if (typeof value === "boolean") {
    writer.varint(value ? 1 : 0);
    writer.varint(BOOL);
  } else if (value === null) {
    writer.varint(0);
    writer.varint(NULL);
  } else {
    const start = writer.length;
    if (Array.isArray(value)) writeList(writer, value);
    else writeStruct(writer, value);
    writer.varint(writer.length - start);
    writer.varint(Array.isArray(value) ? LIST : STRUCT);
  }
}

function writeList(writer: BackWriter, values: readonly JsonValue[]): void {
  for (let i = values.length - 1; i >= 0; i--) {
    const start = writer.length;
    writeValue(writer, values[i]!);
    writer.varint(writer.length - start);
    writer.varint(LIST_VALUES);
  }
}
