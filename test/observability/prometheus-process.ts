import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { until } from "../e2e/harness/server.js";
import { REPOSITORY, textOf } from "./files.js";

const INSTALL = "apt-get install -y prometheus";
const COMMANDS = ["prometheus", "promtool"];
/** It is ready in less than a second where nobody else computes. */
const READY_WITHIN_MS = 120_000;
const IN_CI = process.env.CI === "true";

const isInstalled = (command: string) =>
  (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, command)));

/** True where the tests of Prometheus cannot run; in CI they run and fail instead. Says once how to get it. */
export const isPrometheusMissing = !COMMANDS.every(isInstalled) && !IN_CI;
if (isPrometheusMissing) console.warn(`tests of Prometheus are skipped: it is missing; run ${INSTALL}`);

const run = promisify(execFile);

/** Runs promtool in the folder `prometheus`. @returns what it printed @throws Error with that when it fails */
export async function promtool(...args: string[]): Promise<string> {
  try {
    const { stdout, stderr } = await run("promtool", args, { cwd: `${REPOSITORY}prometheus` });
    return stdout + stderr;
  } catch (error) {
    const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error(`promtool ${args.join(" ")}: ${stdout}${stderr || message}`);
  }
}

/** A folder with our configuration of Prometheus: one server to scrape, once in `intervalMs`, with a key. */
export async function configure(target: string, metricsKey: string, intervalMs: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "vecstore-prometheus-"));
  const config = textOf("prometheus/prometheus.yml")
    .replaceAll(/(scrape_interval|evaluation_interval): \S+/g, `$1: ${intervalMs}ms`)
    .replace("vecstore:8080", target);
  await writeFile(join(folder, "prometheus.yml"), config);
  await writeFile(join(folder, "metrics-key"), metricsKey);
  await copyFile(`${REPOSITORY}prometheus/alerts.yml`, join(folder, "alerts.yml"));
  return folder;
}

/** One series of an answer. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A rule as Prometheus evaluates it. */
export interface RuleState {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

/** A running Prometheus on a free port of the loopback interface. */
export class PrometheusProcess {
  readonly #child: ChildProcess;
  readonly #url: string;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.#url = url;
  }

  /** Starts one over a folder of `configure`, which also gets its data. @throws Error with what it printed */
  static async start(folder: string): Promise<PrometheusProcess> {
    const child = spawn(
      "prometheus",
      [
        `--config.file=${join(folder, "prometheus.yml")}`,
        `--storage.tsdb.path=${join(folder, "data")}`,
        "--web.listen-address=127.0.0.1:0",
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    let printed = "";
    child.stderr!.setEncoding("utf8").on("data", (text) => {
      printed += text;
    });
    child.once("error", (error) => {
      printed += `${error.message}; run ${INSTALL}`;
    });
    const address = await until(
      "Prometheus listens",
      () => {
        if (child.exitCode !== null || child.pid === undefined) throw new Error(`Prometheus ended: ${printed}`);
        return /"Listening on" address=(\S+)/.exec(printed)?.[1];
      },
      READY_WITHIN_MS,
    );
    const prometheus = new PrometheusProcess(child, `http://${address}`);
    await until("Prometheus is ready", async () => (await fetch(`http://${address}/-/ready`)).ok, READY_WITHIN_MS);
    return prometheus;
  }

  /** The series that an expression has now; none for one that has no data. @throws Error when it is not valid */
  async query(expr: string): Promise<readonly Sample[]> {
    const { result, resultType } = await this.#get<{
      resultType: string;
      result: { metric: Record<string, string>; value: [number, string] }[];
    }>(`query?query=${encodeURIComponent(expr)}`);
    if (resultType !== "vector") throw new Error(`${expr} is a ${resultType}, not a vector`);
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** Every rule that it evaluates. */
  async rules(): Promise<readonly RuleState[]> {
    const { groups } = await this.#get<{ groups: { rules: RuleState[] }[] }>("rules");
    return groups.flatMap(({ rules }) => rules);
  }

  async #get<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.#url}/api/v1/${path}`);
    const { status, error, data } = (await answer.json()) as { status: string; error?: string; data: T };
    if (status !== "success") throw new Error(`${decodeURIComponent(path)}: ${error}`);
    return data;
  }

  /** Ends it. The folder stays. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }
}

/** Removes a folder of `configure`. */
export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });
