import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { KUBECONFORM, SCHEMAS } from "../../scripts/deploy-tools.mjs";
import { REPOSITORY } from "../tidy/tree.js";
import { tryRun } from "./run.js";

/** What kubeconform says of one object. */
export interface Verdict {
  readonly kind: string;
  readonly name: string;
  /** `statusValid`, `statusInvalid`, `statusError` where there is no schema. */
  readonly status: string;
  readonly msg: string;
}

/** Definitions of own kinds, as Prometheus's operator installs them. */
const OPERATOR = join(REPOSITORY, "third_party/prometheus-operator");
const OWN_KINDS = { servicemonitor: "servicemonitors.yaml", prometheusrule: "prometheusrules.yaml" };
const DEFINITIONS = "_definitions.json";

/**
 * Checks every object of streams of YAML by the schemas of a version of Kubernetes and of Prometheus's operator. Fields that are
 * unknown or stand twice are wrong, and so are kinds that are unknown. One run of kubeconform for all, since each reads the
 * schemas anew.
 *
 * @returns the verdicts on each stream, in the order of `streams`
 */
export async function checkBySchemas(
  version: string,
  streams: readonly string[],
): Promise<readonly (readonly Verdict[])[]> {
  const folder = await mkdtemp(join(tmpdir(), "vecstore-schemas-"));
  try {
    const schemas = join(folder, "schemas");
    await mkdir(schemas);
    await copySchemas(version, schemas);
    const files = streams.map((_, at) => join(folder, `${at}.yaml`));
    await Promise.all(files.map((file, at) => writeFile(file, streams[at]!)));
    const location = join(schemas, "{{.ResourceKind}}{{.KindSuffix}}.json");
    const flags = ["-strict", "-verbose", "-output", "json", "-schema-location", location];
    const { stdout, stderr } = await tryRun(KUBECONFORM, [...flags, ...files]);
    if (stdout === "") throw new Error(`kubeconform: ${stderr}`);
    const verdicts = JSON.parse(stdout).resources as readonly (Verdict & { readonly filename: string })[];
    return files.map((file) => verdicts.filter(({ filename }) => filename === file));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function copySchemas(version: string, folder: string): Promise<void> {
  const source = join(SCHEMAS, `v${version}-local-strict`);
  for (const name of await readdir(source)) {
    // They name each other by an address of the network: here each stands beside the others.
    const text = (await readFile(join(source, name), "utf8")).replaceAll(`"/api/${DEFINITIONS}#`, `"${DEFINITIONS}#`);
    const { $id: _, ...schema } = JSON.parse(text);
    await writeFile(join(folder, name), JSON.stringify(schema));
  }
  for (const [kind, file] of Object.entries(OWN_KINDS)) {
    const { spec } = parse(await readFile(join(OPERATOR, file), "utf8"));
    const schema = closed(spec.versions[0].schema.openAPIV3Schema);
    await writeFile(join(folder, `${kind}-monitoring-v1.json`), JSON.stringify(schema));
  }
}

/** Definitions of own kinds leave open what else an object may have, and Kubernetes drops it: here it is wrong. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  const isOpen =
    "additionalProperties" in inner || !("properties" in inner) || "x-kubernetes-preserve-unknown-fields" in inner;
  return isOpen ? inner : { ...inner, additionalProperties: false };
}
