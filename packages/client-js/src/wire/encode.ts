import type { Field, FieldType, Init, JsonObject, Schema } from "./schema.js";
import { writeStruct } from "./struct.js";
import { Writer } from "./writer.js";

/** A value that its field cannot hold. */
export class EncodeError extends Error {}

/** Writes one field of a message, if it is set. */
type FieldWriter = (writer: Writer, message: Fields) => void;
/** Writes a value, without its tag. */
type ValueWriter = (writer: Writer, value: unknown) => void;
type Fields = Readonly<Record<string, unknown>>;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;
const UINT32_MAX = 0xffff_ffff;
const INT32_MAX = 0x7fff_ffff;
const SPARE_BYTES = 1_024;
const SMALL_BYTES_MAX = 16 * 1_024;
const SLAB_BYTES = 64 * 1_024;

/** Of each type, the writers of its fields, and how long the last message was. */
interface Compiled {
  readonly writers: FieldWriter[];
  bytes: number;
}

/** Small messages are written here, one after the other. */
let scratch: Writer | undefined;
let slab = new Uint8Array(0);
let slabAt = 0;

const compiled = new WeakMap<Schema<unknown>, Compiled>();

/**
 * Writes a message as protobuf.
 *
 * @param message  fields that are undefined are left out
 * @returns        bytes that the caller owns
 * @throws EncodeError on a value of a wrong type or range, by the name of its field
 * Cost: about a copy of the bytes, and some 20 ns a field.
 */
export function encode<T>(schema: Schema<T>, message: Init<T>): Uint8Array<ArrayBuffer> {
  return write(schema, message, asItIs);
}

/** The same, as a frame of a stream: a byte of flags, which are none, and four of length before the message. */
export function encodeFrame<T>(schema: Schema<T>, message: Init<T>): Uint8Array<ArrayBuffer> {
  return write(schema, message, asFrame);
}

const asItIs = (): void => {};
const asFrame = (writer: Writer): void => writer.frameHead();

/** Writes a message before what the writer holds. @throws EncodeError */
export function writeMessage<T>(writer: Writer, schema: Schema<T>, message: Init<T>): void {
  writeFields(compile(schema).writers, writer, message as Fields);
}

function write<T>(schema: Schema<T>, message: Init<T>, finish: (writer: Writer) => void): Uint8Array<ArrayBuffer> {
  const of = compile(schema);
  if (of.bytes > SMALL_BYTES_MAX) return writeLarge(of, message as Fields, finish);
  // Taken meanwhile, for whoever writes another message within this one, as a getter may.
  const writer = scratch ?? new Writer(SMALL_BYTES_MAX);
  scratch = undefined;
  writer.clear();
  writeFields(of.writers, writer, message as Fields);
  finish(writer);
  of.bytes = writer.length;
  const bytes = kept(writer.finish());
  scratch = writer;
  return bytes;
}

/** Into memory of its own, which has room for a message that is a little longer than the last one of its type. */
function writeLarge(of: Compiled, message: Fields, finish: (writer: Writer) => void): Uint8Array<ArrayBuffer> {
  const writer = new Writer(of.bytes + SPARE_BYTES);
  writeFields(of.writers, writer, message);
  finish(writer);
  const isFull = writer.length > of.bytes / 2;
  of.bytes = writer.length;
  // Not a window of memory that is much larger.
  return isFull ? writer.finish() : writer.finish().slice();
}

/** Copies a message into memory that many share: an ArrayBuffer for each would cost more than to write it. */
function kept(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.length > SMALL_BYTES_MAX) return bytes.slice();
  if (slabAt + bytes.length > slab.length) {
    slab = new Uint8Array(SLAB_BYTES);
    slabAt = 0;
  }
  const copy = slab.subarray(slabAt, slabAt + bytes.length);
  copy.set(bytes);
  slabAt += bytes.length;
  return copy;
}

function writeFields(writers: readonly FieldWriter[], writer: Writer, message: Fields): void {
  for (let i = 0; i < writers.length; i++) writers[i]!(writer, message);
}

function compile(schema: Schema<unknown>): Compiled {
  const found = compiled.get(schema);
  if (found !== undefined) return found;
  const made: Compiled = { writers: [], bytes: 0 };
  // Known before its fields are, since a message may hold others of its own type.
  compiled.set(schema, made);
  const backwards = [...schema.fields].sort((a, b) => b.number - a.number);
  for (const field of backwards) made.writers.push(fieldWriter(field));
  return made;
}

function fieldWriter(field: Field): FieldWriter {
  const { name, number, type, presence } = field;
  if (presence === "map") return mapWriter(field);
  const tag = (number << 3) | WIRE_TYPES[type];
  const write = valueWriter(field);
  if (presence === "list") return WIRE_TYPES[type] === LENGTH ? eachWriter(field, write) : packedWriter(field, write);
  const zero = presence === "implicit" ? ZEROS[type] : undefined;
  return (writer, message) => {
    const value = message[name];
    if (value === undefined || value === zero) return;
    write(writer, value);
    writer.varint(tag);
  };
}

/** How a value of each type is written. */
const WIRE_TYPES: Readonly<Record<FieldType, number>> = {
  s: LENGTH,
  y: LENGTH,
  b: VARINT,
  u: VARINT,
  i: VARINT,
  U: VARINT,
  I: VARINT,
  d: FIXED64,
  f: FIXED32,
  x: FIXED32,
  e: VARINT,
  m: LENGTH,
  S: LENGTH,
};

/** What is left out. Empty bytes are written, which means the same. */
const ZEROS: Readonly<Partial<Record<FieldType, unknown>>> = { s: "", b: false, u: 0, i: 0, U: 0, I: 0, e: 0 };

function valueWriter(field: Field): ValueWriter {
  const { name, type, message } = field;
  switch (type) {
    case "s":
      return measured((writer, value) => writer.text(isString(value, name)));
    case "y":
      return measured((writer, value) => writer.bytes(isBytes(value, name)));
    case "b":
      return (writer, value) => writer.varint(isBoolean(value, name) ? 1 : 0);
    case "u":
      return (writer, value) => writer.varint(isInteger(value, name, 0, UINT32_MAX));
    case "U":
      return (writer, value) => writer.varint(isInteger(value, name, 0, Number.MAX_SAFE_INTEGER));
    case "i":
    case "e":
      return signedWriter(name, -INT32_MAX - 1, INT32_MAX);
    case "I":
      return signedWriter(name, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    case "d":
      return (writer, value) => writer.double(isNumber(value, name));
    case "f":
      return (writer, value) => writer.float(isNumber(value, name));
    case "x":
      return (writer, value) => writer.fixed32(isInteger(value, name, 0, UINT32_MAX));
    case "S":
      return measured((writer, value) => writeStruct(writer, isObject(value, name) as JsonObject));
    case "m": {
      const { writers } = compile(message!);
      return measured((writer, value) => writeFields(writers, writer, isObject(value, name)));
    }
  }
}

function signedWriter(name: string, min: number, max: number): ValueWriter {
  return (writer, value) => {
    const integer = isInteger(value, name, min, max);
    if (integer < 0) writer.negativeVarint(integer);
    else writer.varint(integer);
  };
}

/** Puts the length of what was written before it. */
function measured(write: ValueWriter): ValueWriter {
  return (writer, value) => {
    const start = writer.length;
    write(writer, value);
    writer.varint(writer.length - start);
  };
}

function eachWriter({ name, number }: Field, write: ValueWriter): FieldWriter {
  const tag = (number << 3) | LENGTH;
  return (writer, message) => {
    const list = message[name] as readonly unknown[] | undefined;
    if (list === undefined) return;
    for (let i = list.length - 1; i >= 0; i--) {
      write(writer, list[i]);
      writer.varint(tag);
    }
  };
}

function packedWriter({ name, number, type }: Field, write: ValueWriter): FieldWriter {
  const tag = (number << 3) | LENGTH;
  const writeAll = measured((writer, value) => {
    const list = value as ArrayLike<number>;
    if (type === "f") return writer.floats(list);
    for (let i = list.length - 1; i >= 0; i--) write(writer, list[i]);
  });
  return (writer, message) => {
    const list = message[name] as ArrayLike<number> | undefined;
    if (list === undefined || list.length === 0) return;
    writeAll(writer, list);
    writer.varint(tag);
  };
}

const MAP_KEY = (1 << 3) | LENGTH;
const MAP_VALUE = (2 << 3) | LENGTH;

function mapWriter({ name, number }: Field): FieldWriter {
  const tag = (number << 3) | LENGTH;
  const writeText = measured((writer, value) => writer.text(isString(value, name)));
  const writeEntry = measured((writer, entry) => {
    const [key, value] = entry as [string, unknown];
    writeText(writer, value);
    writer.varint(MAP_VALUE);
    writeText(writer, key);
    writer.varint(MAP_KEY);
  });
  return (writer, message) => {
    for (const entry of Object.entries(message[name] ?? {}).reverse()) {
      writeEntry(writer, entry);
      writer.varint(tag);
    }
  };
}

function isString(value: unknown, name: string): string {
  if (typeof value === "string") return value;
  throw wrong(name, value, "a string");
}

function isBoolean(value: unknown, name: string): boolean {
  if (typeof value === "boolean") return value;
  throw wrong(name, value, "true or false");
}

function isNumber(value: unknown, name: string): number {
  if (typeof value === "number") return value;
  throw wrong(name, value, "a number");
}

function isInteger(value: unknown, name: string, min: number, max: number): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw wrong(name, value, `an integer, ${min}..${max}`);
}

function isBytes(value: unknown, name: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw wrong(name, value, "a Uint8Array");
}

function isObject(value: unknown, name: string): Fields {
  if (typeof value === "object" && value !== null) return value as Fields;
  throw wrong(name, value, "an object");
}

function wrong(name: string, value: unknown, expected: string): EncodeError {
  const got = typeof value === "number" || typeof value === "boolean" ? String(value) : `of type ${typeof value}`;
  return new EncodeError(`${name} is ${got}; it must be ${expected}`);
}
