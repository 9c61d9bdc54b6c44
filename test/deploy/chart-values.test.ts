import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { REPOSITORY } from "../tidy/tree.js";

const read = (path: string) => readFileSync(join(REPOSITORY, path), "utf8");
const CHART = "helm/vecstore";

/** The paths of all values, down to lists, scalars and maps that users fill. */
function leavesOf(values: Record<string, unknown>, prefix = ""): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const path = prefix + name;
    const isGroup = typeof value === "object" && value !== null && !Array.isArray(value) && GROUPS.has(path);
    return isGroup ? leavesOf(value as Record<string, unknown>, `${path}.`) : [path];
  });
}

/** Maps whose fields are the chart's. */
const GROUPS = new Set([
  "image",
  "storage",
  "auth",
  "tls",
  "service",
  "ingress",
  "ingress.http",
  "ingress.grpc",
  "metrics",
  "metrics.serviceMonitor",
  "metrics.alerts",
  "metrics.dashboards",
  "networkPolicy",
  "podDisruptionBudget",
  "shutdown",
  "probes",
  "serviceAccount",
]);

const LEAVES = leavesOf(parse(read(`${CHART}/values.yaml`)));

describe("every value of the chart", () => {
  test("stands in its page, and the page names no other", () => {
    const table = read(`${CHART}/README.md`).split("\n## Values\n")[1]!;
    const named = [...table.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell]) => [...cell!.matchAll(/`([^`]+)`/g)]);
    expect(named.map(([, name]) => name).sort()).toEqual([...LEAVES].sort());
  });

  test("is read by a template", () => {
    const folder = join(REPOSITORY, CHART, "templates");
    const templates = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
    const text = templates.join("\n");
    const isRead = (path: string) => {
      const [last, ...above] = path.split(".").reverse();
      const within = above.reverse().join(".");
      // Named whole, or by its name where a template goes through what is above it.
      return text.includes(`.Values.${path}`) || (GOES_THROUGH[within]?.test(text) && text.includes(`.${last}`));
    };
    expect(LEAVES.filter((path) => !isRead(path))).toEqual([]);
  });

  test("has a place in the schema, as has what it holds", () => {
    const schema = JSON.parse(read(`${CHART}/values.schema.json`));
    const placeOf = (path: string) =>
      path.split(".").reduce((at, name) => at?.properties?.[name], schema as Record<string, never> | undefined);
    expect(LEAVES.filter((path) => placeOf(path) === undefined)).toEqual([]);
    for (const group of GROUPS) expect(placeOf(group), group).toMatchObject({ additionalProperties: false });
  });
});

/** How a template goes through a group. */
const GOES_THROUGH: Readonly<Record<string, RegExp>> = {
  tls: /with \.Values\.tls/,
  shutdown: /with \.Values\.shutdown/,
  "ingress.http": /list "http" "grpc"/,
  "ingress.grpc": /list "http" "grpc"/,
  "metrics.serviceMonitor": /\$monitor := \.Values\.metrics\.serviceMonitor/,
};

describe("the chart", () => {
  test("has the version of the packages", () => {
    const { version } = JSON.parse(read("packages/server/package.json"));
    expect(parse(read(`${CHART}/Chart.yaml`))).toMatchObject({ version, appVersion: version });
  });

  // Helm reads nothing outside a chart.
  test("has the dashboards of grafana/, byte by byte", () => {
    const contentOf = (folder: string) =>
      Object.fromEntries(readdirSync(join(REPOSITORY, folder)).map((name) => [name, read(`${folder}/${name}`)]));
    const hint = "after a change: cp grafana/*.json helm/vecstore/dashboards/";
    expect(contentOf(`${CHART}/dashboards`), hint).toEqual(contentOf("grafana"));
  });

  test("has the alerts of prometheus/, byte by byte", () => {
    const hint = "after a change: cp prometheus/alerts.yml helm/vecstore/alerts/";
    expect(read(`${CHART}/alerts/alerts.yml`), hint).toBe(read("prometheus/alerts.yml"));
  });
});
