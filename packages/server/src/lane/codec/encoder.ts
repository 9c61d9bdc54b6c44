import { type DescField, type DescMessage, type JsonObject, ScalarType } from "@bufbuild/protobuf";
import { BackWriter } from "./back-writer.js";
import type { Fields } from "./decoder.js";
import { type Hit, writeHit } from "./hit-writer.js";
import { writeStruct } from "./struct-writer.js";

/** Writes one field of a message, if it is set. */
type FieldWriter = (writer: BackWriter, message: Fields) => void;
/** Writes a value, and what stands between it and its tag. */
type ValueWriter = (writer: BackWriter, value: unknown) => void;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const BYTES_AT_FIRST = 1_024;
/** The value of `presence` of a field that is left out at its default; protobuf-es has the enum as a type only. */
const IMPLICIT = 2;

/** Encodes a message, or what one can be made of: absent fields are left out. */
export type Encoder = (message: Fields) => BackWriter;

/**
 * Makes an encoder from a description, once. It writes the bytes that protobuf-es writes, without making a message of its own first.
 *
 * Cost: about a copy of the bytes, and some 20 ns a field.
 */
export function createEncoder(desc: DescMessage): Encoder {
  const write = compile(desc, new Map());
  // Answers of one kind are about as long as the last one.
  let bytes = BYTES_AT_FIRST;
  return (message) => {
    const writer = new BackWriter(bytes);
    write(writer, message);
    bytes = Math.max(BYTES_AT_FIRST, writer.length + ROOM_BYTES);
    return writer;
  };
}

/** For what may be put before a message, and answers that are a little longer. */
const ROOM_BYTES = 64;

function compile(desc: DescMessage, known: Map<string, FieldWriter[]>): FieldWriter {
  const found = known.get(desc.typeName);
  const writers = found ?? [];
  if (found === undefined) {
    known.set(desc.typeName, writers);
    if (desc.oneofs.length > 0) throw new Error(`${desc} has a oneof, which no answer of the lane has`);
    const backwards = [...desc.fields].sort((a, b) => b.number - a.number);
    for (const field of backwards) writers.push(fieldWriter(field, known));
  }
  return (writer, message) => {
    for (let i = 0; i < writers.length; i++) writers[i]!(writer, message);
  };
}

function fieldWriter(field: DescField, known: Map<string, FieldWriter[]>): FieldWriter {
  const name = field.localName;
  if (field.fieldKind === "list") return listWriter(field, known);
  const { wire, write, isZero } = valueWriter(field, known);
  const tag = (field.number << 3) | wire;
  const isLeftOut = field.presence === IMPLICIT ? isZero : never;
  return (writer, message) => {
    const value = message[name];
    if (value === undefined || value === null || isLeftOut(value)) return;
    write(writer, value);
    writer.varint(tag);
  };
}

interface Compiled {
  readonly wire: number;
  readonly write: ValueWriter;
  readonly isZero: (value: unknown) => boolean;
}

const never = () => false;

function valueWriter(field: DescField, known: Map<string, FieldWriter[]>): Compiled {
  switch (field.fieldKind) {
    case "scalar":
      return scalarWriter(field.scalar, field.toString());
    case "enum":
      return { wire: VARINT, write: (writer, value) => writer.varint(value as number), isZero: (value) => value === 0 };
    case "message":
      return { wire: LENGTH, write: nestedWriter(field.message, known), isZero: never };
    default:
      throw new Error(`${field} is of a kind that no answer of the lane has`);
  }
}

function scalarWriter(scalar: ScalarType, name: string): Compiled {
  switch (scalar) {
    case ScalarType.STRING:
      return { wire: LENGTH, write: (writer, value) => writer.text(value as string), isZero: (value) => value === "" };
    case ScalarType.BYTES:
      return { wire: LENGTH, write: writeBytes, isZero: (value) => (value as Uint8Array).length === 0 };
    case ScalarType.BOOL:
      return {
        wire: VARINT,
        write: (writer, value) => writer.varint(value ? 1 : 0),
        isZero: (value) => value === false,
      };
    case ScalarType.UINT32:
      return { wire: VARINT, write: (writer, value) => writer.varint(value as number), isZero: (value) => value === 0 };
    case ScalarType.INT32:
      return {
        wire: VARINT,
        write: (writer, value) => writer.bigVarint(BigInt(value as number)),
        isZero: (value) => value === 0,
      };
    case ScalarType.UINT64:
    case ScalarType.INT64:
      return {
        wire: VARINT,
        write: (writer, value) => writer.bigVarint(value as bigint),
        isZero: (value) => value === 0n,
      };
    case ScalarType.DOUBLE:
      // -0 is not the default.
      return {
        wire: FIXED64,
        write: (writer, value) => writer.double(value as number),
        isZero: (value) => Object.is(value, 0),
      };
    default:
      throw new Error(`${name} has a type that no answer of the lane has`);
  }
}

const writeBytes: ValueWriter = (writer, value) => {
  writer.bytes(value as Uint8Array);
  writer.varint((value as Uint8Array).length);
};

function nestedWriter(desc: DescMessage, known: Map<string, FieldWriter[]>): ValueWriter {
  if (desc.typeName === "google.protobuf.Struct") {
    return measured((writer, value) => writeStruct(writer, value as JsonObject));
  }
  const write = compile(desc, known);
  if (desc.typeName === "vecstore.v1.QueryResult") {
    return measured((writer, value) => void (writeHit(writer, value as Hit) || write(writer, value as Fields)));
  }
  return measured((writer, value) => write(writer, value as Fields));
}

/** Puts the length of what was written before it. */
function measured(write: ValueWriter): ValueWriter {
  return (writer, value) => {
    const start = writer.length;
    write(writer, value);
    writer.varint(writer.length - start);
  };
}

function listWriter(field: DescField & { fieldKind: "list" }, known: Map<string, FieldWriter[]>): FieldWriter {
  const name = field.localName;
  const tag = (field.number << 3) | LENGTH;
  const each = (write: ValueWriter): FieldWriter => {
    return (writer, message) => {
      const list = (message[name] ?? []) as readonly unknown[];
      for (let i = list.length - 1; i >= 0; i--) {
        write(writer, list[i]);
        writer.varint(tag);
      }
    };
  };
  if (field.listKind === "message") return each(nestedWriter(field.message, known));
  if (field.listKind === "scalar" && field.scalar === ScalarType.STRING) {
    return each((writer, value) => writer.text(value as string));
  }
  const write = measured(packedWriter(field));
  return (writer, message) => {
    const list = message[name] as readonly unknown[] | undefined;
    if (list === undefined || list.length === 0) return;
    write(writer, list);
    writer.varint(tag);
  };
}

function packedWriter(field: DescField & { fieldKind: "list" }): ValueWriter {
  const scalar = field.listKind === "scalar" ? field.scalar : undefined;
  if (scalar === ScalarType.FLOAT) return (writer, list) => writer.floats(list as readonly number[]);
  if (scalar !== ScalarType.UINT32 && scalar !== ScalarType.UINT64) {
    throw new Error(`${field} is a list that no answer of the lane has`);
  }
  const write: ValueWriter =
    scalar === ScalarType.UINT32
      ? (writer, value) => writer.varint(value as number)
      : (writer, value) => writer.bigVarint(value as bigint);
  return (writer, value) => {
    const list = value as readonly unknown[];
    for (let i = list.length - 1; i >= 0; i--) write(writer, list[i]);
  };
}
