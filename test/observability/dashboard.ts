import { textOf } from "./files.js";

/** A panel or a row of the dashboard. */
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: DataSourceRef;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
}

/** One query of a panel. */
export interface Target {
  readonly refId: string;
  readonly expr: string;
  /** With `{{label}}` for the labels of a series. */
  readonly legendFormat: string;
  readonly datasource: DataSourceRef;
}

/** Names a data source, here by the variable that holds its uid. */
export interface DataSourceRef {
  readonly type: string;
  readonly uid: string;
}

/** A choice at the top of the dashboard. */
export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
  /** Of variables that are asked for. */
  readonly datasource?: DataSourceRef;
  readonly current: { readonly value: string | readonly string[] };
}

/** What Grafana loads. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
}

/** The dashboard of the repository. */
export const readDashboard = (): Dashboard => JSON.parse(textOf("grafana/vecstore-dashboard.json")) as Dashboard;

/** One expression, and where it stands. */
export interface Expression {
  readonly row: string;
  readonly panel: string;
  readonly expr: string;
  /** Labels that its legend shows. */
  readonly labels: readonly string[];
}

/** Every expression, in the order of the dashboard. */
export function expressionsOf({ panels }: Dashboard): readonly Expression[] {
  let row = "";
  return panels.flatMap((panel) => {
    if (panel.type === "row") row = panel.title;
    return (panel.targets ?? []).map(({ expr, legendFormat }) => {
      const labels = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
      return { row, panel: panel.title, expr, labels };
    });
  });
}

/**
 * An expression as Grafana sends it with every variable on All, and rates over `rateInterval`.
 *
 * @throws Error for a variable that is not known here
 */
export function resolved(expr: string, rateInterval: string): string {
  const values: Record<string, string> = { $__rate_interval: rateInterval, $instance: ".+", $namespace: ".*" };
  return expr.replaceAll(/\$\w+/g, (name) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the variable ${name} has no value in the tests: ${expr}`);
    return value;
  });
}

/** A metric in an expression, with the labels that it must have. */
export interface Selector {
  readonly metric: string;
  /** Without the braces; empty when there are none. */
  readonly matchers: string;
}

/** The metrics of an expression, those of a histogram by the name of their series. */
export function selectorsOf(expr: string): readonly Selector[] {
  const found = expr.matchAll(/\b(up|(?:vecstore|process|nodejs)_\w+)\b(?:\{([^}]*)\})?/g);
  return [...found].map(([, metric, matchers]) => ({ metric: metric!, matchers: matchers ?? "" }));
}

/** The name that the documentation lists: a histogram without the ending of its series. */
export const familyOf = (metric: string): string => metric.replace(/_(bucket|sum|count)$/, "");
