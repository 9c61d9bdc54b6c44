type Fields = Record<string, unknown>;

/** Objects that are the caller's own. */
const OPAQUE = new Set(["metadata", "labels"]);

/** What REST calls otherwise than the operations do. */
const RENAMED: Readonly<Record<string, string>> = {
  sample_size: "samples",
  deleted: "affected",
  soft_deleted: "affected",
  restored: "affected",
};

/** What is nothing where REST leaves it out. */
const EMPTY: Readonly<Record<string, Fields>> = {
  create_namespace: { quotas: {}, labels: {} },
  get_namespace: { quotas: {}, labels: {} },
  update_namespace: { quotas: {}, labels: {} },
};

/** An answer of REST by the names of operations.json. */
export function fromBody(operation: string, body: Fields): Fields {
  const fields = fromFields(body);
  switch (operation) {
    case "create_snapshot":
      return fields.snapshot as Fields;
    case "create_api_key":
    case "rotate_api_key":
      return { key: fields.key, info: { namespaces: [], ...fields, key: undefined } };
    default:
      return { ...EMPTY[operation], ...fields };
  }
}

function fromFields(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => fromField(name, value)));
}

function fromField(name: string, value: unknown): [string, unknown] {
  if (isTime(name, value)) return [`${name.replace(/_checkpoint_at$/, "_checkpoint")}_ms`, Date.parse(value)];
  if (name === "vector") return [name, (value as number[]).map(Math.fround)];
  if (name === "next_page_token" || name === "resume_token") return [name, value === "" ? null : value];
  return [RENAMED[name] ?? name, OPAQUE.has(name) ? value : fromValue(value)];
}

const isTime = (name: string, value: unknown): value is string =>
  typeof value === "string" && /_(at|since|until)$/.test(name);

function fromValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromValue);
  return typeof value === "object" && value !== null ? fromFields(value as Fields) : value;
}
