import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  createFileRegistry,
  type DescField,
  type DescMessage,
  type DescMethod,
  type FileRegistry,
  fromBinary,
  type JsonObject,
  type JsonValue,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));
const BUF = fileURLToPath(new URL("../../../node_modules/.bin/buf", import.meta.url));

/** The schema as `buf build` makes it of the .proto files: what a client of another language would be generated from. */
export const REGISTRY: FileRegistry = createFileRegistry(
  fromBinary(
    FileDescriptorSetSchema,
    execFileSync(BUF, ["build", "--as-file-descriptor-set", "-o", "-"], { cwd: REPOSITORY, maxBuffer: 2 ** 26 }),
  ),
);

/** An RPC by `Query` (of the data service) or `NamespaceService.CreateNamespace`. @throws Error when there is none */
export function methodOf(name: string): DescMethod {
  const [service, method] = name.includes(".") ? name.split(".") : ["VecStoreService", name];
  const found = REGISTRY.getService(`vecstore.v1.${service}`)?.methods.find((each) => each.name === method);
  if (found === undefined) throw new Error(`the schema has no RPC ${name}`);
  return found;
}

/** A message by its full name. @throws Error when there is none */
export function messageOf(typeName: string): DescMessage {
  const found = REGISTRY.getMessage(typeName);
  if (found === undefined) throw new Error(`the schema has no message ${typeName}`);
  return found;
}

/** The path of an RPC on the wire. */
export const pathOf = ({ parent, name }: DescMethod): string => `/${parent.typeName}/${name}`;

/** REST's JSON as that of protobuf, for comparing: enums in full, the names of fields as they are. */
export function fromRestJson(desc: DescMessage, json: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const [name, value] of Object.entries(json)) {
    const field = desc.fields.find((each) => each.name === name);
    if (field === undefined) throw new Error(`${desc.typeName} has no field ${name}`);
    out[name] = fieldFromRest(field, value);
  }
  return out;
}

function fieldFromRest(field: DescField, value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((each) => fieldFromRest(field, each));
  if (field.enum !== undefined) {
    const known = field.enum.values.find((each) => each.localName.toLowerCase() === value);
    if (known === undefined) throw new Error(`${field.name} is ${value}`);
    return known.name;
  }
  return field.message?.typeName.startsWith("vecstore.") ? fromRestJson(field.message, value as JsonObject) : value;
}
