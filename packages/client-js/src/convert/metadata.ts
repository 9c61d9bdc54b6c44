import type { JsonObject as MutableJsonObject, JsonValue as MutableJsonValue } from "@bufbuild/protobuf";
import { invalidArgument, type VecStoreError } from "../errors.js";
import type { Metadata } from "../model/metadata.js";
import { toUtf8Safe } from "./text.js";

/** Stops a value that holds itself; the server's limit of 16 levels is far below. */
const DEPTH_MAX = 100;

/**
 * Copies metadata, leaving out keys whose value is undefined as JSON does. Everything else that JSON cannot hold is
 * refused by its path: the wire format would drop it in silence.
 *
 * @param name  path of the object, for messages
 * @throws VecStoreError INVALID_METADATA
 */
export function toMetadata(metadata: Metadata, name: string): MutableJsonObject {
  if (!isPlainObject(metadata)) throw invalid(name, `is ${describe(metadata)}; it must be an object`);
  return copyObject(metadata, name, 1);
}

function copyObject(object: object, path: string, depth: number): MutableJsonObject {
  if (depth > DEPTH_MAX) throw invalid(path, "nests too deep; at most 16 levels are allowed");
  const entries: [string, MutableJsonValue][] = [];
  for (const [key, value] of Object.entries(object)) {
    if (value !== undefined)
      entries.push([
        toUtf8Safe(key, `a key of ${path}`, "INVALID_METADATA"),
        copyValue(value, `${path}.${key}`, depth + 1),
      ]);
  }
  // fromEntries defines properties, so that a key named __proto__ stays a key.
  return Object.fromEntries(entries);
}

function copyValue(value: unknown, path: string, depth: number): MutableJsonValue {
  switch (typeof value) {
    case "boolean":
      return value;
    case "string":
      return toUtf8Safe(value, path, "INVALID_METADATA");
    case "number":
      if (Number.isFinite(value)) return value;
      break;
    case "object":
      if (value === null) return null;
      if (Array.isArray(value)) return copyArray(value, path, depth);
      if (isPlainObject(value)) return copyObject(value, path, depth);
  }
  throw invalid(path, `is ${describe(value)}; metadata hold what JSON holds`);
}

function copyArray(values: readonly unknown[], path: string, depth: number): MutableJsonValue[] {
  if (depth > DEPTH_MAX) throw invalid(path, "nests too deep; at most 16 levels are allowed");
  return Array.from(values, (value, position) => copyValue(value, `${path}[${position}]`, depth + 1));
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // An object of another realm, such as a frame or a vm context, has another Object.prototype, which itself has none.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describe(value: unknown): string {
  if (value instanceof Date) return "a Date (use toISOString())";
  if (typeof value === "number") return String(value);
  if (typeof value !== "object" || value === null) return `of type ${value === null ? "null" : typeof value}`;
  return `a ${value.constructor?.name ?? "object"}`;
}

function invalid(path: string, problem: string): VecStoreError {
  return invalidArgument(`${path} ${problem}`, "INVALID_METADATA");
}
