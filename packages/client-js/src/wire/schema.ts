/** A JSON object, as google.protobuf.Struct holds it. */
export type JsonObject = { [key: string]: JsonValue };
/** What such an object may hold. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/**
 * What a field holds: `s` string, `y` bytes, `b` bool, `u` uint32, `i` int32, `U` uint64, `I` int64, `d` double, `f` float, `x` fixed32, `e` an enum,
 * `m` a message, `S` google.protobuf.Struct.
 */
export type FieldType = "s" | "y" | "b" | "u" | "i" | "U" | "I" | "d" | "f" | "x" | "e" | "m" | "S";

/** One field of a message. */
export interface Field {
  /** In camelCase. */
  readonly name: string;
  readonly number: number;
  readonly type: FieldType;
  /** `implicit`: left out at its default. `explicit`: says whether it is set. `list` and `map`: any number of them. */
  readonly presence: "implicit" | "explicit" | "list" | "map";
  /** Of a field whose type is `m`. */
  readonly message?: Schema<unknown>;
}

/** How the messages of one type travel. */
export interface Schema<T> {
  /** The type's full name. */
  readonly typeName: string;
  /** By ascending number. */
  readonly fields: readonly Field[];
  /** For the compiler alone. */
  readonly type?: T;
}

/** What a message can be made of: fields that are left out are at their defaults. */
export type Init<T> = T extends Float32Array
  ? ArrayLike<number>
  : T extends Uint8Array | JsonObject
    ? T
    : T extends readonly (infer Item)[]
      ? readonly Init<Item>[]
      : T extends object
        ? { readonly [Name in keyof T]?: Init<T[Name]> | undefined }
        : T;

/** How a call's messages travel: one each way, one and a stream back, or a stream each way. */
export type MethodKind = "unary" | "stream" | "duplex";

/** A method of a service. */
export interface Method<Kind extends MethodKind, I, O> {
  /** The service's full name. */
  readonly service: string;
  readonly name: string;
  readonly kind: Kind;
  /** It changes nothing, so it may be repeated. */
  readonly isRead: boolean;
  readonly input: Schema<I>;
  readonly output: Schema<O>;
}

const PRESENCE = { "": "implicit", "?": "explicit", "*": "list", "%": "map" } as const;
const ROW = /^(\w+):(\d+)([?*%]?)([a-zA-Z])(\d*)$/;

/**
 * Makes a schema of its table, which is read when a message of the type is first written or read.
 *
 * @param table     rows as `limit:7?u`: name, number, `?` explicit presence, `*` list or `%` map, and the type; `m1` is the second message
 * @param messages  those that the table names by their place
 */
export function schema<T>(
  typeName: string,
  table: string,
  messages: () => readonly Schema<unknown>[] = none,
): Schema<T> {
  let fields: readonly Field[] | undefined;
  return {
    typeName,
    get fields() {
      fields ??= table === "" ? [] : table.split(" ").map((row) => readRow(row, messages()));
      return fields;
    },
  };
}

const none = () => [];

function readRow(row: string, messages: readonly Schema<unknown>[]): Field {
  const [, name = "", number, mark, type, place] = ROW.exec(row) ?? [];
  return {
    name,
    number: Number(number),
    type: type as FieldType,
    presence: PRESENCE[mark as keyof typeof PRESENCE],
    ...(place !== "" && { message: messages[Number(place)]! }),
  };
}

/** google.protobuf.Timestamp. */
export interface Timestamp {
  /** Since 1970. */
  seconds: number;
  nanos: number;
}

/** How a timestamp travels. */
export const Timestamp: Schema<Timestamp> = /*@__PURE__*/ schema("google.protobuf.Timestamp", "seconds:1I nanos:2i");
