import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VecstoreProcess } from "../e2e/harness/process.js";
import { TLS, until } from "../e2e/harness/server.js";
import { expressionsOf, readDashboard, resolved, selectorsOf } from "./dashboard.js";
import { readAlerts, readCompose, readDataSources, withDefaults } from "./files.js";
import { Load, TRACE_ID } from "./load.js";
import { configure, isPrometheusMissing, PrometheusProcess, removeFolder } from "./prometheus-process.js";

const SCRAPE_MS = 1_000;
/** Ten scrapes, so that some may fail on a busy machine: a rate needs two. */
const RATE_INTERVAL = "10s";
/** Below the bound of a test, so that the failure says what is missing. */
const SEEN_WITHIN_MS = 50_000;
/** To start both and to fill the server, which takes seconds where nobody else computes. */
const START_MS = 180_000;
/** Between two rounds of the load: recall is measured only while the server is less than half busy. */
const PAUSE_MS = 300;
const ARGUMENTS = ["--threads", "1", "--fsync", "100ms", "--metrics-recall-share", "1"];
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
    for (; !isOver; await pause(PAUSE_MS)) await load.round();
  } catch (error) {
    failure = error;
  }
}

/** TLS beside clear text, for the metrics of its certificate. @returns the arguments of the server */
async function prepareTls(): Promise<readonly string[]> {
  const files = { "--tls-cert": TLS.tlsCert, "--tls-key": TLS.tlsKey };
  const copied = Object.entries(files).map(async ([flag, file]) => {
    const copy = join(data, flag.slice(2));
    await cp(file, copy);
    return [flag, copy];
  });
  return [...(await Promise.all(copied)).flat(), "--allow-plaintext"];
}

/** Gives the server a certificate that it cannot use. */
async function refuseTls(): Promise<void> {
  await writeFile(join(data, "tls-cert"), "no certificate");
  server.signal("SIGHUP");
  await server.prints('"msg":"certificates_refused"');
}

/** The series of an expression that have a number, as soon as there are some. */
const seen = (expr: string) =>
  until(
    `data for ${expr}`,
    async () => {
      if (failure !== undefined) throw failure;
      const samples = (await prometheus.query(expr)).filter(({ value }) => Number.isFinite(value));
      return samples.length > 0 && samples;
    },
    SEEN_WITHIN_MS,
  );

describe.skipIf(isPrometheusMissing)("a Prometheus that scrapes a server under load", () => {
  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), "vecstore-scraped-"));
    // The keys of the compose file, as they are where no variable is set.
    const { VECSTORE_METRICS_KEY, VECSTORE_AUTH_KEYS } = readCompose().services.vecstore!.environment!;
    const metricsKey = withDefaults(VECSTORE_METRICS_KEY!);
    server = await VecstoreProcess.serve(data, [...ARGUMENTS, ...(await prepareTls())], {
      VECSTORE_ADMIN_KEY: ADMIN_KEY,
      VECSTORE_METRICS_KEY: metricsKey,
      VECSTORE_AUTH_KEYS: VECSTORE_AUTH_KEYS!,
    });
    await refuseTls();
    const { host } = new URL(server.target.url);
    const load = new Load(`http://${host}`, ADMIN_KEY);
    await load.prepare(data);
    folder = await configure(host, metricsKey, SCRAPE_MS);
    prometheus = await PrometheusProcess.start(folder);
    loading = keepLoading(load);
  }, START_MS);

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
    for (const { row, panel, expr, labels } of expressionsOf(readDashboard())) {
      it(`${row}: ${panel}: ${expr}`, async () => {
        const samples = await seen(resolved(expr, RATE_INTERVAL));
        expect(samples.length).toBeGreaterThan(0);
        for (const { metric } of samples) expect(Object.keys(metric)).toEqual(expect.arrayContaining([...labels]));
      });
    }
  });

  it.each([
    ['vecstore_vectors_total{namespace="default"}', 11_800],
    ['vecstore_quota_utilization_ratio{namespace="acme", quota="max_vectors"}', 0.5],
    ['vecstore_refusals_total{reason="API_KEY_UNKNOWN"}', 1],
    ['vecstore_namespace_refusals_total{namespace="acme"}', 1],
    ['vecstore_query_errors_total{code="invalid_argument"}', 1],
    ["vecstore_cache_hits_total", 1],
    ["vecstore_cache_size_bytes", 1],
    ['vecstore_recall_ratio{namespace="default"}', 0.5],
    ["histogram_quantile(0.5, vecstore_hnsw_nodes_visited_bucket)", 17],
  ])("counts %s up to %d at least", async (expr, least) => {
    await until(`${expr} >= ${least}`, async () => (await seen(expr)).some(({ value }) => value >= least));
  });

  it("has the values of the dashboard's variables", async () => {
    for (const { type, query } of readDashboard().templating.list) {
      if (type !== "query") continue;
      const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec((query as { query: string }).query)!;
      for (const sample of await seen(metric!)) expect(sample.metric, metric).toHaveProperty(label!);
    }
  });

  it("finds the trace of a line of the log as Grafana does", async () => {
    await seen('up{job="vecstore"}');
    const { jsonData } = readDataSources().find(({ type }) => type === "loki")!;
    const pattern = new RegExp(jsonData.derivedFields![0]!.matcherRegex);
    const line = await server.prints(TRACE_ID);
    expect(pattern.exec(line)?.[1]).toBe(TRACE_ID);
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
      it(alert, async () => {
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
