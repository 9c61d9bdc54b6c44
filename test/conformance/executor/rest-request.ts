/** What REST calls otherwise than the operations do. */
const RENAMED: Readonly<Record<string, string>> = {
  samples: "sample_size",
  filter_json: "filter",
  filter_tree: "filter_ast",
};

/** What stands in `config` of a namespace that is made. */
const CONFIG = new Set(["dimension", "metric", "m", "ef_construction", "ef_search", "quantization", "text_analyzer"]);

/** Objects that are the caller's own. */
const OPAQUE = new Set(["metadata", "merge_metadata", "replace_metadata", "filter_json"]);

type Fields = Readonly<Record<string, unknown>>;

/** The arguments of an operation as a body of REST. */
export function toBody(operation: string, args: Fields): Fields {
  if (operation === "create_namespace") return toNamespace(args);
  if (operation === "update_namespace") return toChanges(args);
  return toFields(args);
}

function toNamespace(args: Fields): Fields {
  const entries = Object.entries(args);
  const config = Object.fromEntries(entries.filter(([name]) => CONFIG.has(name)));
  const rest = Object.fromEntries(entries.filter(([name]) => !CONFIG.has(name)));
  return { ...rest, config };
}

/** A quota or a label that is null goes into a list of names. */
function toChanges({ quotas = {}, labels = {}, ...rest }: Fields): Fields {
  const [setQuotas, clear_quotas] = withoutNulls(quotas as Fields);
  const [setLabels, remove_labels] = withoutNulls(labels as Fields);
  return { ...rest, quotas: setQuotas, clear_quotas, labels: setLabels, remove_labels };
}

function withoutNulls(fields: Fields): [Fields, string[]] {
  const entries = Object.entries(fields);
  const nulls = entries.filter(([, value]) => value === null).map(([name]) => name);
  return [Object.fromEntries(entries.filter(([, value]) => value !== null)), nulls];
}

function toFields(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => toField(name, value)));
}

function toField(name: string, value: unknown): [string, unknown] {
  if (value === null) return [`clear_${name.replace(/_ms$/, "")}`, true];
  if (name.endsWith("_at_ms")) return [name.replace(/_ms$/, ""), toTime(value as number)];
  if (name === "filter_tree") return ["filter_ast", toTree(value as Fields)];
  return [RENAMED[name] ?? name, OPAQUE.has(name) ? value : toValue(value)];
}

function toValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toValue);
  if (typeof value === "object" && value !== null) return toFields(value as Fields);
  // JSON has no such numbers; protobuf's JSON has their names.
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** Later than any Date, a time is left to the server to refuse. */
function toTime(ms: number): string {
  return Number.isNaN(new Date(ms).getTime()) ? "later than any time" : new Date(ms).toISOString();
}

const OPERATORS: Readonly<Record<string, string>> = {
  "=": "equal",
  "!=": "not_equal",
  ">": "greater",
  ">=": "greater_or_equal",
  "<": "less",
  "<=": "less_or_equal",
};

/** A filter as the schema's tree: its kind is the name of the field that holds it. */
function toTree({ kind, ...fields }: Fields): Fields {
  const inside = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, toPart(name, value)]));
  return { [`${kind}_filter`]: inside };
}

function toPart(name: string, value: unknown): unknown {
  switch (name) {
    case "operands":
      return (value as Fields[]).map(toTree);
    case "operand":
      return toTree(value as Fields);
    case "operator":
      return OPERATORS[value as string] ?? value;
    case "values":
      return (value as unknown[]).map(toScalar);
    case "value":
    case "low":
    case "high":
      return toScalar(value);
    default:
      return value;
  }
}

function toScalar(value: unknown): Fields {
  if (value === null) return { null_value: "NULL_VALUE" };
  if (typeof value === "object") return { timestamp_value: toTime((value as { timestamp_ms: number }).timestamp_ms) };
  return { [`${typeof value === "boolean" ? "bool" : typeof value}_value`]: value };
}
