import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readAlerts, textOf } from "./files.js";
import { configure, isPrometheusMissing, promtool, removeFolder } from "./prometheus-process.js";

/** It computes for a second or two, and much longer where others do as well. */
const PROMTOOL_MS = 180_000;

/** One case of `prometheus/alerts.test.yml`. */
interface AlertCase {
  readonly name: string;
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
}

const cases = (parse(textOf("prometheus/alerts.test.yml")) as { tests: AlertCase[] }).tests;
const alerts = readAlerts();
const page = textOf("docs/operations.md");

/** Cases of an alert in which it fires, or does not. */
const casesOf = (alert: string, isFiring: (expected: number) => boolean) =>
  cases.filter(({ alert_rule_test }) =>
    alert_rule_test.some(({ alertname, exp_alerts }) => alertname === alert && isFiring(exp_alerts.length)),
  );

describe.each(alerts)("the alert $alert", ({ alert, expr, labels, annotations }) => {
  it("has a case in which it fires and one in which it does not", () => {
    expect(casesOf(alert, (expected) => expected > 0).length).toBeGreaterThan(0);
    expect(casesOf(alert, (expected) => expected === 0).length).toBeGreaterThan(0);
  });

  it("says how bad it is, what is wrong and where, and what to do", () => {
    expect(["critical", "warning", "info"]).toContain(labels.severity);
    expect(annotations.summary).toContain("{{ $labels.");
    const [path, anchor] = annotations.runbook.split("#");
    expect(path).toBe("docs/operations.md");
    expect(page.toLowerCase()).toContain(`## ${anchor}\n`);
    // The line of the runbook: name, severity, what it means, what to do.
    const line = page.split("\n").find((each) => each.startsWith(`| \`${alert}\` | ${labels.severity} |`));
    expect(line, `a line for ${alert}`).toMatch(/ \| .{20,} \| .{20,} \|$/);
  });

  it("looks at servers one by one, so that it can say which", () => {
    expect(expr).not.toMatch(/\b(?:sum|min|max|avg|count)\b(?! by \(instance\b)/);
  });
});

describe.skipIf(isPrometheusMissing)("promtool", () => {
  it("finds the configuration and the rules right", async () => {
    const folder = await configure("127.0.0.1:1", "a-key", 500);
    try {
      expect(await promtool("check", "config", `${folder}/prometheus.yml`)).toContain(`${alerts.length} rules found`);
    } finally {
      await removeFolder(folder);
    }
  });

  it(
    "finds each alert firing and quiet as its cases say",
    async () => {
      expect(await promtool("test", "rules", "alerts.test.yml")).toContain("SUCCESS");
    },
    PROMTOOL_MS,
  );
});
