import { type DescEnum, type DescField, type DescMessage, type Message, ScalarType, toJson } from "@bufbuild/protobuf";
import { base64Encode } from "@bufbuild/protobuf/wire";

/**
 * Writes a message as REST's JSON: names in snake_case, 64-bit integers as numbers, enums in short lower case.
 *
 * Fields without presence are written also when they are zero; empty lists only at the top, so that a result does not
 * carry `"vector": []`.
 */
export function messageToRest(desc: DescMessage, message: Message): Record<string, unknown> {
  return write(desc, message, true);
}

function write(desc: DescMessage, message: Message, isTop: boolean): Record<string, unknown> {
  const values = message as unknown as Record<string, unknown>;
  const out: Record<string, unknown> = {};
  for (const field of desc.fields) {
    const value = values[field.localName];
    if (value === undefined || isOmitted(field, value, isTop)) continue;
    out[field.name] = writeField(field, value);
  }
  return out;
}

function isOmitted(field: DescField, value: unknown, isTop: boolean): boolean {
  if (field.fieldKind === "list") return !isTop && (value as unknown[]).length === 0;
  if (field.fieldKind === "map") return !isTop && Object.keys(value as object).length === 0;
  // Zero means "not said" in our enums, and nothing is no bytes.
  if (field.fieldKind === "enum") return value === 0;
  return value instanceof Uint8Array && value.length === 0;
}

function writeField(field: DescField, value: unknown): unknown {
  if (field.fieldKind === "map") return value;
  if (field.fieldKind !== "list") return writeValue(field, value);
  const isPlain = field.listKind === "scalar" && !isInt64(field.scalar);
  return isPlain ? value : (value as unknown[]).map((item) => writeValue(field, item));
}

function writeValue(field: DescField, value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) return base64Encode(value);
  if (field.enum !== undefined) return enumWord(field.enum, value as number);
  if (field.message === undefined) return value;
  if (field.message.typeName === "google.protobuf.Struct") return value;
  if (field.message.typeName.startsWith("google.")) return toJson(field.message, value as Message);
  return write(field.message, value as Message, false);
}

function isInt64(scalar: ScalarType | undefined): boolean {
  return scalar === ScalarType.UINT64 || scalar === ScalarType.INT64;
}

function enumWord(desc: DescEnum, value: number): string | number {
  return desc.value[value]?.localName.toLowerCase() ?? value;
}
