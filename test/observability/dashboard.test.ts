import { describe, expect, it } from "vitest";
import { expressionsOf, familyOf, type Panel, readDashboard, selectorsOf } from "./dashboard.js";
import { readAlerts, textOf } from "./files.js";

const dashboard = readDashboard();
const panels = dashboard.panels.filter(({ type }) => type !== "row");
const GRID_COLUMNS = 24;

/** Titles of the panels under each row. */
function rows(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let current: string[] = [];
  for (const { type, title } of dashboard.panels) {
    if (type !== "row") {
      current.push(title);
      continue;
    }
    current = [];
    found.set(title, current);
  }
  return found;
}

const overlap = (a: Panel["gridPos"], b: Panel["gridPos"]) =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

/** Every name in the first column of a table of the page. */
const documented = new Set(
  [...textOf("docs/operations.md").matchAll(/^\| `(vecstore_\w+)` \|/gm)].map(([, name]) => name!),
);

describe("the dashboard", () => {
  it("has the rows that operators look for, in their order", () => {
    const byRow = rows();
    expect([...byRow.keys()]).toEqual(["Query performance", "Cache", "Storage", "System health", "Tenants"]);
    expect(byRow.get("Query performance")).toEqual(
      expect.arrayContaining(["Query rate", "Query latency", "Error rate over time"]),
    );
    expect(byRow.get("Cache")).toEqual(expect.arrayContaining(["Hit rate", "Size", "Evictions"]));
    expect(byRow.get("Storage")).toEqual(expect.arrayContaining(["Vectors", "Bytes on the disk", "Deleted"]));
    expect(byRow.get("System health")).toEqual(expect.arrayContaining(["Memory", "Connections", "Nodes visited"]));
    expect(byRow.get("Tenants")).toEqual(
      expect.arrayContaining(["Top namespaces by query rate", "Quota use", "Refusals by reason"]),
    );
  });

  it("gives each panel an id of its own, a description and a place where no other is", () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    for (const [at, panel] of dashboard.panels.entries()) {
      const { x, w } = panel.gridPos;
      expect(x + w, panel.title).toBeLessThanOrEqual(GRID_COLUMNS);
      const others = dashboard.panels.slice(at + 1).filter(({ gridPos }) => overlap(gridPos, panel.gridPos));
      expect(others.map(({ title }) => `${panel.title} lies over ${title}`)).toEqual([]);
    }
    expect(panels.filter(({ description }) => !description).map(({ title }) => title)).toEqual([]);
  });

  it("asks one data source everywhere, the one that its variable names", () => {
    const reference = { type: "prometheus", uid: "$" + "{datasource}" };
    for (const { name, type, datasource } of dashboard.templating.list) {
      if (type === "query") expect(datasource, name).toEqual(reference);
    }
    for (const { title, datasource, targets } of panels) {
      expect(datasource, title).toEqual(reference);
      for (const target of targets!) expect(target.datasource, title).toEqual(reference);
      expect(new Set(targets!.map(({ refId }) => refId)).size, title).toBe(targets!.length);
    }
  });

  it("shows p50, p95 and p99 of the queries", () => {
    const latencies = expressionsOf(dashboard).filter(({ panel }) => panel === "Query latency");
    expect(latencies.map(({ expr }) => Number(/histogram_quantile\(([\d.]+)/.exec(expr)?.[1]))).toEqual([
      0.5, 0.95, 0.99,
    ]);
  });

  it("uses only variables that it defines, and only metrics that docs/operations.md lists", () => {
    const queries = dashboard.templating.list.map(({ query }) => (typeof query === "string" ? query : query.query));
    const texts = [...expressionsOf(dashboard).map(({ expr }) => expr), ...queries];
    const known = new Set(["__rate_interval", ...dashboard.templating.list.map(({ name }) => name)]);
    for (const text of texts) {
      for (const [, name] of text.matchAll(/\$(\w+)/g)) expect(known, text).toContain(name);
      expect(undocumented(text), text).toEqual([]);
    }
  });
});

describe("the alerts", () => {
  it.each(readAlerts())("$alert uses only metrics that docs/operations.md lists", ({ expr }) => {
    expect(undocumented(expr)).toEqual([]);
  });
});

function undocumented(expr: string): readonly string[] {
  return selectorsOf(expr)
    .map(({ metric }) => familyOf(metric))
    .filter((metric) => metric.startsWith("vecstore_") && !documented.has(metric));
}
