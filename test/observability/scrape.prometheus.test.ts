import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VecstoreProcess } from "../e2e/harness/process.js";
import { until } from "../e2e/harness/server.js";
import { AWAITED } from "./awaited.js";
import { expressionsOf, familyOf, readDashboard, resolved, selectorsOf } from "./dashboard.js";
import { readAlerts, readCompose, withDefaults } from "./files.js";
import { Load } from "./load.js";
import { configure, isPrometheusMissing, PrometheusProcess, removeFolder } from "./prometheus-process.js";

const SCRAPE_MS = 1_000;
/** Ten scrapes, so that some may fail on a busy machine: a rate needs two. */
const RATE_INTERVAL = "10s";
const ADMIN_KEY = "admin-of-this-test";

let data: string;
let server: Awaited<ReturnType<typeof VecstoreProcess.serve>>;
let folder: string;
let prometheus: PrometheusProcess;
let loading: Promise<void>;
let isOver = false;
let failure: unknown;

/** Runs rounds until the tests are over. */
async function keepLoading(load: Load): Promise<void> {
  try {
    while (!isOver) await load.round();
  } catch (error) {
    failure = error;
  }
}

/** Whether an expression asks for what no server has yet. */
const isAwaited = (expr: string) => selectorsOf(expr).some(({ metric }) => AWAITED.has(familyOf(metric)));

/** The series of an expression that have a number, as soon as there are some. */
const seen = (expr: string) =>
  until(`data for ${expr}`, async () => {
    if (failure !== undefined) throw failure;
    const samples = (await prometheus.query(expr)).filter(({ value }) => Number.isFinite(value));
    return samples.length > 0 && samples;
  });

describe.skipIf(isPrometheusMissing)("a Prometheus that scrapes a server under load", () => {
  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), "vecstore-scraped-"));
    // The keys of the compose file, as they are where no variable is set.
    const { VECSTORE_METRICS_KEY, VECSTORE_AUTH_KEYS } = readCompose().services.vecstore!.environment!;
    const metricsKey = withDefaults(VECSTORE_METRICS_KEY!);
    server = await VecstoreProcess.serve(
      data,
      ["--threads", "1", "--fsync", "100ms", "--metrics-recall-share", "0.5"],
      {
        VECSTORE_ADMIN_KEY: ADMIN_KEY,
        VECSTORE_METRICS_KEY: metricsKey,
        VECSTORE_AUTH_KEYS: VECSTORE_AUTH_KEYS!,
      },
    );
    const load = new Load(server.target.url, ADMIN_KEY);
    await load.prepare(data);
    folder = await configure(new URL(server.target.url).host, metricsKey, SCRAPE_MS);
    prometheus = await PrometheusProcess.start(folder);
    loading = keepLoading(load);
  });

  afterAll(async () => {
    isOver = true;
    await loading;
    await prometheus?.stop();
    await server?.kill();
    if (folder) await removeFolder(folder);
    await rm(data, { recursive: true, force: true });
  });

  it("is let in with the key of the compose file", async () => {
    await until("a scrape that worked", async () => (await seen('up{job="vecstore"}'))[0]!.value === 1);
  });

  describe("has data for the dashboard", () => {
    for (const { row, panel, expr } of expressionsOf(readDashboard())) {
      it.skipIf(isAwaited(expr))(`${row}: ${panel}: ${expr}`, async () => {
        expect(await seen(resolved(expr, RATE_INTERVAL))).not.toEqual([]);
      });
    }
  });

  it("has the values of the dashboard's variables", async () => {
    for (const { type, query } of readDashboard().templating.list) {
      if (type !== "query") continue;
      const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec((query as { query: string }).query)!;
      for (const sample of await seen(metric!)) expect(sample.metric, metric).toHaveProperty(label!);
    }
  });

  it("evaluates every alert without an error", async () => {
    const alerts = readAlerts().map(({ alert }) => alert);
    const rules = await until("an evaluation of each alert", async () => {
      const states = await prometheus.rules();
      return states.every(({ health }) => health !== "unknown") && states;
    });
    expect(rules.map(({ name, health, lastError = "" }) => [name, health, lastError])).toEqual(
      alerts.map((alert) => [alert, "ok", ""]),
    );
  });

  describe("has the series that each alert asks for", () => {
    for (const { alert, expr } of readAlerts()) {
      it.skipIf(isAwaited(expr))(alert, async () => {
        const selectors = selectorsOf(expr);
        expect(selectors.length).toBeGreaterThan(0);
        for (const { metric, matchers } of selectors) await seen(`${metric}{${matchers}}`);
        // The labels that it groups by and shows, so that no alert speaks of an empty name.
        for (const [, labels] of expr.matchAll(/\b(?:by|on) \(([^)]+)\)/g)) {
          for (const label of labels!.split(", ").filter((name) => name !== "le")) {
            await seen(`${selectors[0]!.metric}{${label}!=""}`);
          }
        }
      });
    }
  });
});
