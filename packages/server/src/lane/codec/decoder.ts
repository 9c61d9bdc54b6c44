import { create, type DescField, type DescMessage, fromBinary, ScalarType } from "@bufbuild/protobuf";
import { readStruct } from "./struct-reader.js";
import { UNUSUAL, WireReader } from "./wire-reader.js";

/** A message of protobuf-es without its type. */
export type Fields = Record<string, unknown>;

/** Reads one field's content into a message. */
type FieldReader = (reader: WireReader, message: Fields) => void;

/** How the messages of one type are read. */
interface MessageReader {
  /** A message with nothing set: cloned, not changed. */
  template: Fields;
  /** By tag, so that a field in another wire format than its own is as unknown as one that the schema has not. */
  readonly byTag: FieldReader[];
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
/** A list of a template: replaced when the first element comes. */
const NOTHING: readonly unknown[] = Object.freeze([]);

/**
 * Makes a decoder from a description, once.
 *
 * Its messages are those of protobuf-es, field by field, with one difference: the packed floats of `vector` stand in `vectorF32`, as a
 * window of the data. They are the same bytes, and who converts the message copies them in one piece instead of number by number.
 *
 * It takes plain messages only: no unknown field or enum value, nothing twice that may stand once, each list packed where it may be.
 *
 * @returns a function that throws UNUSUAL, or what protobuf-es throws, on everything else
 * Cost: about a copy of the bytes; the floats are not touched.
 */
export function createDecoder(desc: DescMessage): (data: Buffer) => Fields {
  const message = compile(desc, new Map());
  return (data) => readMessage(new WireReader(data), message);
}

/** Reads a message that ends where the reader ends. */
function readMessage(reader: WireReader, { template, byTag }: MessageReader): Fields {
  const message = { ...template };
  const { end } = reader;
  while (reader.at < end) {
    const read = byTag[reader.varint()];
    if (read === undefined) throw UNUSUAL;
    read(reader, message);
  }
  return message;
}

function compile(desc: DescMessage, known: Map<string, MessageReader>): MessageReader {
  const found = known.get(desc.typeName);
  if (found !== undefined) return found;
  const compiled: MessageReader = { template: templateOf(desc), byTag: [] };
  known.set(desc.typeName, compiled);
  for (const field of desc.fields) {
    const { wire, read } = fieldReader(field, known);
    compiled.byTag[(field.number << 3) | wire] = read;
  }
  return compiled;
}

/** All fields from the start, so that all messages of a type have one shape. */
function templateOf(desc: DescMessage): Fields {
  const empty = create(desc) as unknown as Fields;
  for (const field of desc.fields) {
    if (field.oneof === undefined && !(field.localName in empty)) empty[field.localName] = undefined;
    if (field.fieldKind === "list") empty[field.localName] = NOTHING;
  }
  // An object that grew field by field is a dictionary, and slow to clone; its clone is none.
  return { ...empty };
}

interface Compiled {
  readonly wire: number;
  readonly read: FieldReader;
}

function fieldReader(field: DescField, known: Map<string, MessageReader>): Compiled {
  const name = field.localName;
  switch (field.fieldKind) {
    case "scalar": {
      if (field.scalar === ScalarType.BYTES) return { wire: LENGTH, read: bytesReader(name) };
      const { wire, read } = scalarReader(field.scalar, name);
      const set: FieldReader = (reader, message) => {
        message[name] = read(reader);
      };
      return { wire, read: set };
    }
    case "enum":
      return { wire: VARINT, read: enumReader(field) };
    case "message":
      return { wire: LENGTH, read: once(name, nestedReader(field.message, known)) };
    case "list":
      return { wire: LENGTH, read: listReader(field, known) };
    case "map":
      throw new Error(`${field} is a map, which no request of the lane has`);
  }
}

function scalarReader(scalar: ScalarType, name: string): { wire: number; read: (reader: WireReader) => unknown } {
  switch (scalar) {
    case ScalarType.STRING:
      return { wire: LENGTH, read: (reader) => reader.text() };
    case ScalarType.BOOL:
      return { wire: VARINT, read: (reader) => reader.bool() };
    case ScalarType.UINT32:
      return { wire: VARINT, read: (reader) => reader.uint32() };
    case ScalarType.INT32:
      // The negative ones are longer than a plain varint.
      return { wire: VARINT, read: (reader) => positive(reader.varint(), 0x7fff_ffff) };
    case ScalarType.UINT64:
    case ScalarType.INT64:
      return { wire: VARINT, read: (reader) => BigInt(reader.varint()) };
    case ScalarType.DOUBLE:
      return { wire: FIXED64, read: (reader) => reader.double() };
    default:
      throw new Error(`${name} has a type that no request of the lane has`);
  }
}

/** Not twice: the first may have come as the numbers of a vector. */
function bytesReader(name: string): FieldReader {
  return (reader, message) => {
    if ((message[name] as Uint8Array).length > 0) throw UNUSUAL;
    message[name] = reader.bytes();
  };
}

function positive(value: number, max: number): number {
  if (value > max) throw UNUSUAL;
  return value;
}

function enumReader(field: DescField & { fieldKind: "enum" }): FieldReader {
  const { localName: name, enum: desc } = field;
  return (reader, message) => {
    const value = reader.varint();
    if (desc.value[value] === undefined) throw UNUSUAL;
    message[name] = value;
  };
}

/** Two of them would have to become one. */
function once(name: string, read: (reader: WireReader) => unknown): FieldReader {
  return (reader, message) => {
    if (message[name] !== undefined) throw UNUSUAL;
    message[name] = read(reader);
  };
}

/** A message inside of another; oneofs are left to protobuf-es. */
function nestedReader(desc: DescMessage, known: Map<string, MessageReader>): (reader: WireReader) => unknown {
  if (desc.typeName === "google.protobuf.Struct") return (reader) => within(reader, readStruct);
  if (desc.oneofs.length > 0) return (reader) => fromBinary(desc, reader.bytes());
  const compiled = compile(desc, known);
  return (reader) => within(reader, (inner) => readMessage(inner, compiled));
}

function within(reader: WireReader, read: (reader: WireReader) => Fields): Fields {
  const { end } = reader;
  const limit = reader.limit();
  reader.end = limit;
  const message = read(reader);
  reader.end = end;
  return message;
}

function listReader(field: DescField & { fieldKind: "list" }, known: Map<string, MessageReader>): FieldReader {
  const name = field.localName;
  if (field.listKind === "message") return each(name, nestedReader(field.message, known));
  if (field.listKind === "scalar" && field.scalar === ScalarType.STRING) return each(name, (reader) => reader.text());
  if (field.listKind === "scalar" && field.scalar === ScalarType.FLOAT) {
    return isVector(field) ? readVector : packed(name, (reader) => reader.float());
  }
  if (field.listKind === "scalar" && field.scalar === ScalarType.UINT32)
    return packed(name, (reader) => reader.uint32());
  throw new Error(`${field} is a list that no request of the lane has`);
}

function each(name: string, read: (reader: WireReader) => unknown): FieldReader {
  return (reader, message) => {
    const item = read(reader);
    const list = message[name] as unknown[];
    if (list === NOTHING) message[name] = [item];
    else list.push(item);
  };
}

function packed(name: string, read: (reader: WireReader) => number): FieldReader {
  return (reader, message) => {
    const { end } = reader;
    const limit = reader.limit();
    const list = message[name] === NOTHING ? [] : (message[name] as number[]);
    reader.end = limit;
    while (reader.at < limit) list.push(read(reader));
    reader.end = end;
    message[name] = list;
  };
}

const FLOATS = "vector";
const FLOAT_BYTES = "vectorF32";
const BYTES_PER_FLOAT = 4;

/** The numbers of a vector that may come as bytes, too. */
function isVector(field: DescField): boolean {
  return field.localName === FLOATS && field.parent.fields.some(({ localName }) => localName === FLOAT_BYTES);
}

/** See `createDecoder`. Both forms, or numbers in several runs, are for others to judge. */
function readVector(reader: WireReader, message: Fields): void {
  const bytes = reader.bytes();
  if (bytes.length === 0) return;
  if (bytes.length % BYTES_PER_FLOAT !== 0 || message[FLOATS] !== NOTHING) throw UNUSUAL;
  if ((message[FLOAT_BYTES] as Uint8Array).length > 0) throw UNUSUAL;
  message[FLOAT_BYTES] = bytes;
}
