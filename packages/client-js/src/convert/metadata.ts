import { invalidArgument, type VecStoreError } from "../errors.js";
import type { JsonObject } from "../wire/schema.js";
import { isUtf8Safe, toUtf8Safe } from "./text.js";

/** Stops a value that holds itself; the server's limit of 16 levels is far below. */
const DEPTH_MAX = 100;

/**
 * Returns metadata that travel whole. Keys whose value is undefined are left out, as JSON does; everything else that JSON cannot hold is
 * refused by its path.
 *
 * @param name  path of the object, for messages
 * @throws VecStoreError INVALID_METADATA
 */
export function toMetadata(metadata: object, name: string): JsonObject {
  if (!isPlainObject(metadata)) throw invalid(name, `is ${describe(metadata)}; it must be an object`);
  checkObject(metadata, name, 1);
  return metadata as JsonObject;
}

function checkObject(object: object, path: string, depth: number): void {
  if (depth > DEPTH_MAX) throw invalid(path, "nests too deep; at most 16 levels are allowed");
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue;
    if (!isUtf8Safe(key)) toUtf8Safe(key, `a key of ${path}`, "INVALID_METADATA");
    if (!isPlainScalar(value)) checkValue(value, `${path}.${key}`, depth + 1);
  }
}

/** Most values are, and a path is made for the others only. */
function isPlainScalar(value: unknown): boolean {
  if (typeof value === "string") return isUtf8Safe(value);
  return typeof value === "boolean" || value === null || Number.isFinite(value);
}

function checkValue(value: unknown, path: string, depth: number): void {
  if (isPlainScalar(value)) return;
  if (typeof value === "string") toUtf8Safe(value, path, "INVALID_METADATA");
  if (Array.isArray(value)) checkArray(value, path, depth);
  else if (isPlainObject(value)) checkObject(value, path, depth);
  else throw invalid(path, `is ${describe(value)}; metadata hold what JSON holds`);
}

function checkArray(values: readonly unknown[], path: string, depth: number): void {
  if (depth > DEPTH_MAX) throw invalid(path, "nests too deep; at most 16 levels are allowed");
  // By position, because forEach passes over holes.
  for (let position = 0; position < values.length; position++) {
    const value = values[position];
    if (!isPlainScalar(value)) checkValue(value, `${path}[${position}]`, depth + 1);
  }
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
