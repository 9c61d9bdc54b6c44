import { create, type DescField, type DescMessage, fromBinary, type Message } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { QuantizationSchema } from "./gen/vecstore/v1/namespace_pb.js";
import { CreateNamespaceRequestSchema } from "./gen/vecstore/v1/namespace_service_pb.js";
import { CountRequestSchema } from "./gen/vecstore/v1/read_pb.js";
import { UpsertRequestSchema } from "./gen/vecstore/v1/write_pb.js";
import { filterFromWire } from "./rpc/convert/filter.js";
import { HANDLED } from "./rpc/convert/handled.js";
import { OUR_SERVICES } from "./rpc/services.js";
import { assertImplemented, isUnimplementedMethod, OUTPUT_ONLY, UNIMPLEMENTED } from "./unimplemented.js";

const UNIMPLEMENTED_FIELDS = new Set<string>(UNIMPLEMENTED.fields);
/** Read node by node in its conversion, whose tests name every kind. */
const READ_AS_A_TREE = "vecstore.v1.Filter";

/** Every message of ours that a built RPC can receive. */
function reachable(): readonly DescMessage[] {
  const seen = new Map<string, DescMessage>();
  const visit = (desc: DescMessage) => {
    if (seen.has(desc.typeName) || desc.typeName === READ_AS_A_TREE || !desc.typeName.startsWith("vecstore.")) return;
    seen.set(desc.typeName, desc);
    for (const field of desc.fields) {
      if (field.message && !UNIMPLEMENTED_FIELDS.has(nameOf(field))) visit(field.message);
    }
  };
  for (const service of OUR_SERVICES) {
    for (const method of service.methods) {
      if (!isUnimplementedMethod(`${service.typeName}.${method.name}`)) visit(method.input);
    }
  }
  return [...seen.values()];
}

const nameOf = (field: DescField) => `${field.parent.typeName}.${field.name}`;

describe("every field of every request", () => {
  it.each(reachable().map((desc) => [desc.typeName, desc] as const))("of %s is handled or refused", (_name, desc) => {
    for (const field of desc.fields) {
      const isHandled = HANDLED[desc.typeName]?.includes(field.name) === true;
      const isListed = UNIMPLEMENTED_FIELDS.has(nameOf(field)) || OUTPUT_ONLY.has(nameOf(field));
      expect([nameOf(field), isHandled !== isListed]).toEqual([nameOf(field), true]);
    }
  });

  it("is refused by name when it is listed", () => {
    const refused = reachable().flatMap((desc) =>
      desc.fields.filter((field) => UNIMPLEMENTED_FIELDS.has(nameOf(field))),
    );
    expect(refused.map(nameOf).sort()).toEqual([...UNIMPLEMENTED.fields].sort());
    for (const field of refused) {
      const message = create(field.parent, { [field.localName]: someValue(field) });
      const error = failureOf(message, field.parent);
      expect([error?.code, error?.rawMessage]).toEqual([Code.Unimplemented, expect.stringContaining(field.name)]);
    }
  });

  it("exists in the schema when it is listed", () => {
    const known = new Set(reachable().flatMap((desc) => desc.fields.map(nameOf)));
    for (const [message, fields] of Object.entries(HANDLED)) {
      for (const field of fields) expect(known.has(`${message}.${field}`), `${message}.${field}`).toBe(true);
    }
    for (const name of OUTPUT_ONLY) expect(known.has(name), name).toBe(true);
  });
});

describe("every RPC that is listed", () => {
  it("exists in the schema", () => {
    const all = OUR_SERVICES.flatMap((each) => each.methods.map((method) => `${each.typeName}.${method.name}`));
    for (const name of UNIMPLEMENTED.methods) expect(all).toContain(name);
  });
});

describe("assertImplemented", () => {
  it.each([
    ["the request", UpsertRequestSchema, [], "field 99 of vecstore.v1.UpsertRequest, in the request,"],
    ["a record", UpsertRequestSchema, [2], "field 99 of vecstore.v1.Record, in records[0],"],
    ["a namespace's settings", CreateNamespaceRequestSchema, [2], "field 99 of vecstore.v1.NamespaceConfig"],
  ] as const)("refuses a field that the schema does not know in %s", (_, desc, within, says) => {
    const error = failureOf(fromBinary(desc, unknownWithin(within)), desc);
    expect([error?.code, error?.rawMessage]).toEqual([Code.Unimplemented, expect.stringContaining(says)]);
  });

  it.each([
    ["the filter", [], "in filter_ast,"],
    ["an operator", [4], "field 99 of vecstore.v1.CompareFilter, in filter_ast.compare_filter,"],
    ["an operand", [1, 1], "in filter_ast.and_filter.operands[0],"],
  ] as const)("is helped by the filter's conversion: it refuses an unknown field of %s", (_, within, says) => {
    const path = CountRequestSchema.field.filterAst.number;
    const { filterAst } = fromBinary(CountRequestSchema, unknownWithin([path, ...within]));
    expect(() => filterFromWire({ filter: "", ...(filterAst && { filterAst }) })).toThrow(says);
  });

  it.each(QuantizationSchema.values.map((value) => [value.name, value.number]))("knows %s", (_name, number) => {
    const message = create(CreateNamespaceRequestSchema, { config: { quantization: number } });
    expect(failureOf(message, CreateNamespaceRequestSchema)?.code).toBeUndefined();
  });

  it("refuses an enum value that the schema does not know", () => {
    const message = create(CreateNamespaceRequestSchema, { config: { metric: 99 as never } });
    expect(failureOf(message, CreateNamespaceRequestSchema)?.code).toBe(Code.InvalidArgument);
  });
});

/** A message with field 99 in the message that stands at the field numbers `within`. */
function unknownWithin(within: readonly number[]): Uint8Array {
  const innermost = new BinaryWriter().tag(99, WireType.Varint).uint32(1).finish();
  const wrap = (bytes: Uint8Array, number: number) =>
    new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(bytes).finish();
  return within.reduceRight(wrap, innermost);
}

function failureOf(message: Message, desc: DescMessage): ConnectError | undefined {
  try {
    assertImplemented(message, desc);
    return undefined;
  } catch (error) {
    return ConnectError.from(error);
  }
}

/** A value that counts as set. */
function someValue(field: DescField): unknown {
  if (field.fieldKind === "message") return {};
  if (field.fieldKind === "enum") return 1;
  const samples: Record<number, unknown> = { 1: 0.5, 8: true, 9: "x", 13: 1 };
  return samples[field.scalar as number];
}
