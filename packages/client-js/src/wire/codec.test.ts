import { create, type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { Filter } from "../gen/vecstore/v1/filter_pb.js";
import { Namespace, Quotas } from "../gen/vecstore/v1/namespace_pb.js";
import { QueryRequest, QueryResponse } from "../gen/vecstore/v1/query_pb.js";
import { Record as WireRecord } from "../gen/vecstore/v1/record_pb.js";
import { GetStatsResponse } from "../gen/vecstore/v1/stats_pb.js";
import { UpsertRequest, UpsertResponse } from "../gen/vecstore/v1/write_pb.js";
import * as filterReference from "../testing/gen/vecstore/v1/filter_pb.js";
import * as namespaceReference from "../testing/gen/vecstore/v1/namespace_pb.js";
import * as queryReference from "../testing/gen/vecstore/v1/query_pb.js";
import * as recordReference from "../testing/gen/vecstore/v1/record_pb.js";
import * as statsReference from "../testing/gen/vecstore/v1/stats_pb.js";
import * as writeReference from "../testing/gen/vecstore/v1/write_pb.js";
import { decode, empty } from "./decode.js";
import { EncodeError, encode, encodeFrame } from "./encode.js";
import { DecodeError } from "./reader.js";
import { type Init, type Schema, schema, Timestamp } from "./schema.js";

/** Messages, in a form that both codecs take: 64-bit integers as numbers here, and as bigints there. */
const CASES: [string, Schema<unknown>, DescMessage, object][] = [
  ["nothing", QueryRequest, queryReference.QueryRequestSchema, {}],
  [
    "every kind of field",
    QueryRequest,
    queryReference.QueryRequestSchema,
    {
      namespace: "ñ",
      vectorF32: Uint8Array.of(0, 0, 128, 63),
      sparse: { indices: [0, 127, 128, 4_294_967_295], values: [0.5, -0, 1, 2] },
      text: "",
      limit: 0,
      exact: true,
      scoreThreshold: -0.25,
      offset: 300,
      filterAst: { notFilter: { operand: { inFilter: { path: ["a", "b"], values: [{ numberValue: 0 }] } } } },
      fusion: { method: 2, alpha: 0 },
      includeMetadata: false,
    },
  ],
  [
    "metadata and times",
    UpsertRequest,
    writeReference.UpsertRequestSchema,
    {
      mode: 3,
      records: [
        {
          id: "a".repeat(200),
          metadata: { text: "é".repeat(99), list: [1, [null, { x: true }], ""], deep: { n: -0.5 } },
        },
        { id: "b", text: "x".repeat(40_000), expiresAt: { seconds: -62_135_596_800, nanos: 999_999_999 } },
        { id: "𝄞", ifVersion: 0, metadata: {}, vector: [1, 2.5], version: Number.MAX_SAFE_INTEGER },
      ],
    },
  ],
  [
    "maps and large numbers",
    Namespace,
    namespaceReference.NamespaceSchema,
    {
      labels: { a: "1", é: "", "": "empty" },
      quotas: { maxVectors: 2 ** 53 - 1, maxQps: 0.1, maxStorageBytes: 2 ** 32 },
      createdAt: { seconds: 1_700_000_000, nanos: 1 },
    },
  ],
  [
    "lists of numbers",
    UpsertResponse,
    writeReference.UpsertResponseSchema,
    { versions: [0, 1, 127, 2 ** 28, 2 ** 40] },
  ],
];

/** What the reference takes: bigints for 64 bits, arrays of numbers, and the members of a oneof by their case. */
function toReference(desc: DescMessage, message: object): object {
  const fields = Object.entries(message).map(([name, value]) => {
    const field = desc.fields.find(({ localName }) => localName === name)!;
    if (field.oneof !== undefined) {
      const inner = field.fieldKind === "message" ? toReference(field.message, value) : value;
      return [field.oneof.localName, { case: name, value: inner }];
    }
    if (field.fieldKind === "list" && field.listKind === "message")
      return [name, (value as object[]).map((each) => toReference(field.message, each))];
    const isStruct = field.fieldKind === "message" && field.message.typeName === "google.protobuf.Struct";
    if (field.fieldKind === "message" && !isStruct) return [name, toReference(field.message, value)];
    return [name, isLong(field) ? toBigInts(value) : value];
  });
  return Object.fromEntries(fields);
}

const LONG = new Set([3, 4]);
const isLong = (field: object) => LONG.has((field as { scalar?: number }).scalar ?? 0);
const toBigInts = (value: number | number[]) => (Array.isArray(value) ? value.map(BigInt) : BigInt(value));

describe("the codec", () => {
  it.each(CASES)("writes %s so that protobuf-es reads it", (_, own, desc, message) => {
    const read = fromBinary(desc, encode(own, message as Init<unknown>));
    expect(read).toEqual(create(desc, toReference(desc, message) as never));
  });

  it.each(CASES)("reads %s as protobuf-es writes it", (_, own, desc, message) => {
    const bytes = toBinary(desc, create(desc, toReference(desc, message) as never));
    const floats = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(floats);
      if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
      const entries = Object.entries(value).map(([name, inner]) => {
        const isFloats = name === "vector" || (name === "values" && "indices" in value);
        return [name, isFloats ? new Float32Array(inner as number[]) : floats(inner)];
      });
      return Object.fromEntries(entries);
    };
    expect(decode(own, bytes)).toMatchObject(floats(message) as object);
  });

  it("frames a message with its length", () => {
    const message = { namespace: "n", vectorF32: new Uint8Array(300) };
    const [frame, bytes] = [encodeFrame(QueryRequest, message), encode(QueryRequest, message)];
    expect([...frame.subarray(0, 5)]).toEqual([0, 0, 0, 1, 50]);
    expect(frame.subarray(5)).toEqual(bytes);
    expect(bytes).toHaveLength(306);
  });

  it("has types of its own for everything that the schema has", () => {
    const own = (of: Schema<unknown>) => of.fields.map(({ name, number }) => [name, number]);
    const theirs = (desc: DescMessage) => desc.fields.map(({ localName, number }) => [localName, number]);
    for (const [schemaOf, desc] of [
      [QueryRequest, queryReference.QueryRequestSchema],
      [QueryResponse, queryReference.QueryResponseSchema],
      [WireRecord, recordReference.RecordSchema],
      [GetStatsResponse, statsReference.GetStatsResponseSchema],
      [Filter, filterReference.FilterSchema],
      [Quotas, namespaceReference.QuotasSchema],
    ] as const) {
      expect(own(schemaOf).sort()).toEqual(theirs(desc).sort());
    }
  });
});

describe("reading", () => {
  const bytesOf = (...bytes: number[]) => Uint8Array.from(bytes);

  it("gives absent fields their defaults, and lists that nobody else has", () => {
    const [first, second] = [empty(QueryResponse), empty(QueryResponse)];
    expect(first).toEqual({ results: [], stats: undefined, explain: undefined });
    expect(first.results).not.toBe(second.results);
  });

  it("passes what a later schema may add", () => {
    // A varint, 8 bytes, a length, and 4 bytes, in the field 1,000; then `upserted`.
    const unknown = [0xc0, 0x3e, 5, 0xc1, 0x3e, 1, 2, 3, 4, 5, 6, 7, 8, 0xc2, 0x3e, 1, 9, 0xc5, 0x3e, 1, 2, 3, 4];
    expect(decode(UpsertResponse, bytesOf(...unknown, 8, 3))).toMatchObject({ upserted: 3 });
  });

  it("takes numbers of a list packed, one by one, and in several runs", () => {
    expect(decode(UpsertResponse, bytesOf(0x22, 2, 1, 2, 0x20, 3, 0x22, 1, 4)).versions).toEqual([1, 2, 3, 4]);
    const one = [0, 0, 128, 63];
    const { vector } = decode(WireRecord, bytesOf(0x12, 4, ...one, 0x15, ...one, 0x12, 4, ...one));
    expect(vector).toEqual(Float32Array.of(1, 1, 1));
  });

  it("copies vectors, which are the caller's", () => {
    const bytes = bytesOf(0x12, 4, 0, 0, 128, 63);
    const { vector } = decode(WireRecord, bytes);
    bytes.fill(0);
    expect(vector).toEqual(Float32Array.of(1));
  });

  it("keeps negative numbers", () => {
    const negative = encode(Timestamp, { seconds: -1, nanos: -5 });
    expect(decode(Timestamp, negative)).toEqual({ seconds: -1, nanos: -5 });
  });

  it.each([
    ["a number without an end", [0x08, 0x80]],
    ["a number of eleven bytes", [0x08, ...Array(11).fill(0x80)]],
    ["a length past the end", [0x22, 5, 1]],
    ["a field that is a group", [0x0b]],
    ["a number above 2^53", [0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
  ])("refuses %s", (_, bytes) => {
    expect(() => decode(UpsertResponse, bytesOf(...bytes))).toThrow(DecodeError);
  });

  it("refuses half a float, and metadata without an end of nesting", () => {
    expect(() => decode(WireRecord, bytesOf(0x12, 3, 0, 0, 0))).toThrow(DecodeError);
    let metadata: Record<string, unknown> = {};
    for (let depth = 0; depth < 200; depth++) metadata = { a: metadata };
    expect(() => decode(WireRecord, encode(WireRecord, { metadata: metadata as never }))).toThrow(DecodeError);
  });

  it("never runs past its data, wherever they are cut", () => {
    const [, , , message] = CASES[2]!;
    const bytes = encode(UpsertRequest, message as Init<UpsertRequest>).subarray(0, 2_000);
    for (let length = 0; length < bytes.length; length++) {
      try {
        decode(UpsertRequest, bytes.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }
  });
});

describe("writing", () => {
  it.each<[unknown, RegExp]>([
    [{ namespace: 5 }, /^namespace is 5; it must be a string/],
    [{ exact: "yes" }, /^exact is of type string; it must be true or false/],
    [{ limit: -1 }, /^limit is -1; it must be an integer, 0\.\.4294967295/],
    [{ offset: 0.5 }, /^offset is 0\.5/],
    [{ scoreThreshold: "1" }, /^scoreThreshold is of type string; it must be a number/],
    [{ vectorF32: [1] }, /^vectorF32 is of type object; it must be a Uint8Array/],
    [{ fusion: 1 }, /^fusion is 1; it must be an object/],
    [{ sparse: { indices: [-1], values: [1] } }, /^indices is -1/],
  ])("refuses %j by the field's name", (message, expected) => {
    expect(() => encode(QueryRequest, message as never)).toThrow(EncodeError);
    expect(() => encode(QueryRequest, message as never)).toThrow(expected);
  });

  it("gives each message bytes of its own, whatever is written next, or meanwhile", () => {
    const texts = ["a", "b".repeat(20_000), "c", "d".repeat(40_000), "e"];
    const written = texts.map((text) => encode(QueryRequest, { text }));
    expect(written.map((bytes) => decode(QueryRequest, bytes).text)).toEqual(texts);
    let inner: Uint8Array | undefined;
    const outer = encode(QueryRequest, {
      text: "outer",
      get namespace() {
        inner = encode(QueryRequest, { text: "inner" });
        return "n";
      },
    });
    expect(decode(QueryRequest, outer)).toMatchObject({ text: "outer", namespace: "n" });
    expect(decode(QueryRequest, inner!).text).toBe("inner");
  });

  it("has every type", () => {
    const all = schema<{ f: number; x: number; i: number }>("test.All", "f:1f x:2x i:3i");
    const message = { f: 0.5, x: 4_294_967_295, i: -7 };
    expect(decode(all, encode(all, message))).toEqual(message);
  });
});
