import { beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { KUBERNETES_VERSIONS } from "../../scripts/deploy-tools.mjs";
import { EVERYTHING, renderText } from "./chart.js";
import { checkBySchemas, type Verdict } from "./kube-schemas.js";

/** What the chart can make of everything that is named in its page. */
const KINDS = [
  "ConfigMap",
  "Ingress",
  "NetworkPolicy",
  "PodDisruptionBudget",
  "PrometheusRule",
  "Secret",
  "Service",
  "ServiceAccount",
  "ServiceMonitor",
  "StatefulSet",
];

const VALUES = [
  { name: "the defaults", flags: [] },
  { name: "replicas and size", flags: ["--set", "replicas=3", "--set", "storage.size=100Gi"] },
  { name: "everything", flags: ["--values", EVERYTHING] },
];

/** What stands in a rendering of everything, and what is wrong in its place. */
const FAULTS = [
  { kind: "StatefulSet", right: "podManagementPolicy:", wrong: "podManagmentPolicy:" },
  { kind: "StatefulSet", right: "containerPort: 50051", wrong: "containerPort: many" },
  { kind: "ServiceMonitor", right: "scrapeTimeout:", wrong: "scrapeTimout:" },
  { kind: "ServiceMonitor", right: "interval: 30s", wrong: "interval: often" },
  { kind: "PrometheusRule", right: "alert: VecstoreDown", wrong: "alarm: VecstoreDown" },
  { kind: "Ingress", right: "pathType: Prefix", wrong: "pathKind: Prefix" },
  { kind: "NetworkPolicy", right: "podSelector:", wrong: "podSelecter:" },
];

const UNHEARD = "apiVersion: example.com/v1\nkind: Unheard\nmetadata: {name: a}\n";

let renderings: readonly string[];
beforeAll(async () => {
  renderings = await Promise.all(VALUES.map(async ({ flags }) => (await renderText(...flags)).stdout));
});

describe.each(KUBERNETES_VERSIONS)("by the schemas of Kubernetes %s", (version) => {
  let ofValues: readonly (readonly Verdict[])[];
  let ofFaults: readonly (readonly Verdict[])[];
  let ofUnheard: readonly Verdict[];
  beforeAll(async () => {
    const faulty = FAULTS.map(({ right, wrong }) => renderings.at(-1)!.replaceAll(right, wrong));
    const verdicts = await checkBySchemas(version, [...renderings, ...faulty, UNHEARD]);
    ofValues = verdicts.slice(0, VALUES.length);
    ofFaults = verdicts.slice(VALUES.length, -1);
    ofUnheard = verdicts.at(-1)!;
  });

  test.each(VALUES.map((each, at) => ({ ...each, at })))("every object is valid, with $name", ({ at }) => {
    const objects = parseAllDocuments(renderings[at]!).filter((document) => document.toJS() !== null);
    expect(ofValues[at]!.filter(({ status }) => status !== "statusValid")).toEqual([]);
    expect(ofValues[at]).toHaveLength(objects.length);
  });

  test("no kind is left out", () => {
    expect([...new Set(ofValues.at(-1)!.map(({ kind }) => kind))].sort()).toEqual(KINDS);
  });

  test.each(FAULTS.map((each, at) => ({ ...each, at })))("$wrong is found in a $kind", ({ kind, right, at }) => {
    expect(renderings.at(-1)).toContain(right);
    const wrong = ofFaults[at]!.filter(({ status }) => status !== "statusValid");
    expect([...new Set(wrong.map((each) => each.kind))]).toEqual([kind]);
  });

  test("a kind without a schema is an error", () => {
    expect(ofUnheard).toMatchObject([{ kind: "Unheard", status: "statusError" }]);
  });
});
