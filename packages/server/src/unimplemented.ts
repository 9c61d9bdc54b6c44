import { type DescEnum, type DescField, type DescMessage, isFieldSet, type Message } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import { refusal } from "./errors.js";

/**
 * Every RPC and field of the schema whose behavior comes later, by full name. Setting one is refused as
 * `unimplemented`; a line leaves this list in the change that builds it.
 */
export const UNIMPLEMENTED = {
  methods: [] as readonly string[],
  fields: [] as readonly string[],
} as const;

/** Fields that a request may carry without effect, because the schema calls them output only: records read can be written back. */
export const OUTPUT_ONLY: ReadonlySet<string> = new Set(["vecstore.v1.Record.version"]);

const METHODS: ReadonlySet<string> = new Set(UNIMPLEMENTED.methods);
const FIELDS: ReadonlySet<string> = new Set(UNIMPLEMENTED.fields);

/** True when the RPC of this full name is not built. */
export const isUnimplementedMethod = (fullName: string): boolean => METHODS.has(fullName);

/** The error for what is not built yet. */
export function notImplemented(what: string): ConnectError {
  return refusal("NOT_IMPLEMENTED", `${what} is not built in this version; do without it`, { field: what });
}

/**
 * Refuses a message that has fields which this schema does not know: a newer client means something by them.
 *
 * @throws ConnectError unimplemented, naming the field's number and the message
 */
export function refuseUnknownFields({ $unknown, $typeName }: Message, path: string): void {
  const [first] = $unknown ?? [];
  if (first === undefined) return;
  const at = path === "" ? "the request" : path;
  const message = `field ${first.no} of ${$typeName}, in ${at}, is not known to this version; do without it`;
  throw refusal("NOT_IMPLEMENTED", message, { field: `${$typeName}.${first.no}` });
}

/**
 * Refuses a request that sets what is not built or not known, and enum values that the schema does not know.
 *
 * @throws ConnectError unimplemented, or invalid_argument, naming the field by its path, for example `records[3].sparse`
 */
export function assertImplemented(message: Message, desc: DescMessage): void {
  check(message, planOf(desc), "");
}

/** The fields of a message that have to be looked at; most messages have none. */
interface Plan {
  readonly refused: readonly DescField[];
  readonly enums: readonly (readonly [DescField, DescEnum])[];
  readonly nested: readonly (readonly [DescField, Plan])[];
}

const plans = new Map<string, { refused: DescField[]; enums: [DescField, DescEnum][]; nested: [DescField, Plan][] }>();

function planOf(desc: DescMessage): Plan {
  const known = plans.get(desc.typeName);
  if (known !== undefined) return known;
  const plan = { refused: [] as DescField[], enums: [] as [DescField, DescEnum][], nested: [] as [DescField, Plan][] };
  // Before the fields: messages such as Filter hold themselves.
  plans.set(desc.typeName, plan);
  for (const field of desc.fields) {
    if (FIELDS.has(`${desc.typeName}.${field.name}`)) plan.refused.push(field);
    else if (field.enum && field.fieldKind === "enum" && isOurs(field.enum.typeName))
      plan.enums.push([field, field.enum]);
    else if (field.message && isOurs(field.message.typeName) && needsLook(field.message)) {
      plan.nested.push([field, planOf(field.message)]);
    }
  }
  return plan;
}

const isOurs = (typeName: string) => typeName.startsWith("vecstore.");

/** The filter tree is read node by node in its conversion, which refuses unknown operators. */
const needsLook = (desc: DescMessage) => desc.typeName !== "vecstore.v1.Filter";

function check(message: Message, plan: Plan, path: string): void {
  if (message.$unknown !== undefined) refuseUnknownFields(message, path.slice(0, -1));
  for (const field of plan.refused) {
    if (isFieldSet(message, field)) throw notImplemented(path + field.name);
  }
  for (const [field, desc] of plan.enums) checkEnum(fieldValue(message, field) as number, desc, path + field.name);
  for (const [field, nested] of plan.nested) {
    const value = fieldValue(message, field);
    if (value === undefined) continue;
    if (!Array.isArray(value)) check(value as Message, nested, `${path}${field.name}.`);
    else for (const [at, item] of value.entries()) check(item, nested, `${path}${field.name}[${at}].`);
  }
}

function checkEnum(value: number, desc: DescEnum, path: string): void {
  const known = desc.value[value];
  if (known === undefined) throw refusal("INVALID_ARGUMENT", `${path} has the unknown value ${value}`);
}

/** Only fields outside of oneofs are planned; none of ours has one in a request, the filter tree apart. */
function fieldValue(message: Message, field: DescField): unknown {
  return (message as unknown as Record<string, unknown>)[field.localName];
}
