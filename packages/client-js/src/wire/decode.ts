import { DecodeError, Reader } from "./reader.js";
import type { Field, FieldType, Schema } from "./schema.js";
import { readStruct } from "./struct.js";

/** Reads a field's content into a message. */
type FieldReader = (reader: Reader, message: Fields) => void;
/** Reads a value, whose tag was read already. */
type ValueReader = (reader: Reader) => unknown;
type Fields = Record<string, unknown>;

/** How the messages of one type are read. */
interface Compiled {
  /** A message with nothing set, cloned and not changed. Lists and maps are new in each message, as callers own them. */
  template: Fields;
  lists: readonly string[];
  maps: readonly string[];
  readonly byTag: FieldReader[];
}

const LENGTH = 2;
const BYTES_PER_FLOAT = 4;
const NO_FLOATS = new Float32Array(0);
const NO_BYTES = new Uint8Array(0);

const compiled = new WeakMap<Schema<unknown>, Compiled>();

/**
 * Reads a message from protobuf. Vectors are copied in one piece, and are the caller's; fields of bytes are windows of `data`.
 *
 * @throws DecodeError on what is no message
 * Cost: about a copy of the bytes, and some 30 ns a field.
 */
export function decode<T>(schema: Schema<T>, data: Uint8Array): T {
  return readMessage(new Reader(data), compile(schema)) as T;
}

/** A message with every field at its default. */
export function empty<T>(schema: Schema<T>): T {
  return decode(schema, NO_BYTES);
}

/** Reads a message that ends where the reader ends. */
function readMessage(reader: Reader, { template, lists, maps, byTag }: Compiled): Fields {
  const message = { ...template };
  for (let i = 0; i < lists.length; i++) message[lists[i]!] = [];
  for (let i = 0; i < maps.length; i++) message[maps[i]!] = {};
  const { end } = reader;
  while (reader.at < end) {
    const tag = reader.varint();
    const read = byTag[tag];
    if (read === undefined) reader.skip(tag);
    else read(reader, message);
  }
  return message;
}

function compile(schema: Schema<unknown>): Compiled {
  const found = compiled.get(schema);
  if (found !== undefined) return found;
  const made: Compiled = { template: {}, lists: [], maps: [], byTag: [] };
  // Known before its fields are, since a message may hold others of its own type.
  compiled.set(schema, made);
  const { fields } = schema;
  made.template = Object.fromEntries(fields.map((field) => [field.name, defaultOf(field)]));
  made.lists = fields.filter(({ presence, type }) => presence === "list" && type !== "f").map(({ name }) => name);
  made.maps = fields.filter(({ presence }) => presence === "map").map(({ name }) => name);
  for (const field of fields) addReaders(made.byTag, field);
  return made;
}

function defaultOf({ presence, type }: Field): unknown {
  if (presence === "list") return type === "f" ? NO_FLOATS : undefined;
  return presence === "implicit" ? DEFAULTS[type] : undefined;
}

const DEFAULTS: Readonly<Partial<Record<FieldType, unknown>>> = {
  s: "",
  y: NO_BYTES,
  b: false,
  u: 0,
  i: 0,
  U: 0,
  I: 0,
  d: 0,
  f: 0,
  x: 0,
  e: 0,
};

const WIRE_TYPES: Readonly<Record<FieldType, number>> = {
  s: LENGTH,
  y: LENGTH,
  m: LENGTH,
  S: LENGTH,
  b: 0,
  u: 0,
  i: 0,
  U: 0,
  I: 0,
  e: 0,
  d: 1,
  f: 5,
  x: 5,
};

/** Numbers of a list come packed or one by one; which, is up to who wrote them. */
function addReaders(byTag: FieldReader[], field: Field): void {
  const { name, number, presence, type } = field;
  const wireType = WIRE_TYPES[type];
  const [tag, packedTag] = [(number << 3) | wireType, (number << 3) | LENGTH];
  if (presence === "map") {
    byTag[packedTag] = mapReader(name);
    return;
  }
  const read = valueReader(field);
  if (presence !== "list") {
    byTag[tag] = (reader, message) => {
      message[name] = read(reader);
    };
  } else if (type === "f") {
    byTag[packedTag] = (reader, message) => addFloats(message, name, readFloats(reader));
    byTag[tag] = (reader, message) => addFloats(message, name, Float32Array.of(reader.float()));
  } else {
    if (wireType !== LENGTH) byTag[packedTag] = packedReader(name, read);
    byTag[tag] = (reader, message) => {
      (message[name] as unknown[]).push(read(reader));
    };
  }
}

function valueReader({ name, type, message }: Field): ValueReader {
  switch (type) {
    case "s":
      return (reader) => reader.text();
    case "y":
      return (reader) => reader.bytes();
    case "b":
      return (reader) => reader.varint() !== 0;
    case "u":
    case "U":
      return (reader) => reader.uint64();
    case "i":
    case "I":
    case "e":
      return (reader) => reader.int64();
    case "d":
      return (reader) => reader.double();
    case "f":
      return (reader) => reader.float();
    case "x":
      return (reader) => reader.fixed32();
    case "S":
      return (reader) => within(reader, readStruct);
    case "m": {
      if (message === undefined) throw new Error(`${name} has no schema`);
      // Not before it is needed: most answers have few of the messages that they could hold.
      let nested: Compiled | undefined;
      return (reader) => {
        nested ??= compile(message);
        return within(reader, readMessage, nested);
      };
    }
  }
}

function within<T, Of>(reader: Reader, read: (reader: Reader, of: Of) => T, of?: Of): T {
  const { end } = reader;
  reader.end = reader.limit();
  const value = read(reader, of as Of);
  reader.end = end;
  return value;
}

function packedReader(name: string, read: ValueReader): FieldReader {
  return (reader, message) => {
    const list = message[name] as unknown[];
    const { end } = reader;
    const limit = reader.limit();
    reader.end = limit;
    while (reader.at < limit) list.push(read(reader));
    reader.end = end;
  };
}

/** One copy, whatever the alignment of the data. The machine is little-endian: convert/vector.ts sees to it. */
function readFloats(reader: Reader): Float32Array {
  const bytes = reader.bytes();
  if (bytes.length % BYTES_PER_FLOAT !== 0) throw new DecodeError(`a list of floats has ${bytes.length} bytes`);
  const floats = new Float32Array(bytes.length / BYTES_PER_FLOAT);
  new Uint8Array(floats.buffer).set(bytes);
  return floats;
}

/** A list may come in several runs. */
function addFloats(message: Fields, name: string, added: Float32Array): void {
  const known = message[name] as Float32Array;
  if (known.length === 0) {
    message[name] = added;
    return;
  }
  const all = new Float32Array(known.length + added.length);
  all.set(known);
  all.set(added, known.length);
  message[name] = all;
}

function mapReader(name: string): FieldReader {
  return (reader, message) => {
    const [key, value] = within(reader, readEntry);
    // As an own property, whatever its name.
    Object.defineProperty(message[name] as object, key, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  };
}

function readEntry(reader: Reader): [string, string] {
  const entry: [string, string] = ["", ""];
  while (reader.at < reader.end) {
    const tag = reader.varint();
    if (tag >> 3 === 1) entry[0] = reader.text();
    else if (tag >> 3 === 2) entry[1] = reader.text();
    else reader.skip(tag);
  }
  return entry;
}
