import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Case, ClientChoice, JsonObject, Step } from "./case.js";
import type { Call, CaseClient, Driver } from "./driver.js";
import type { FaultProxy, Harness } from "./harness.js";
import { mismatch } from "./match.js";
import { labelsIn, type Run, toValue } from "./values.js";

const EVENTUALLY_MS = 10_000;
const EVENTUALLY_PAUSE_MS = 20;

let runs = 0;

/** Carries out one case over one protocol. @throws Error that names the step and what differs */
export async function runCase(one: Case, driver: Driver, harness: Harness): Promise<void> {
  const run = new CaseRun(one, driver, harness);
  try {
    await run.begin();
    for (const [position, step] of one.steps.entries()) {
      const problem = await run.check(step);
      if (problem !== undefined) throw new Error(`steps[${position}], ${step.do}: ${problem}`);
    }
  } finally {
    await run.end();
  }
}

/** One client, and what tells it from the others of the case. */
interface OpenClient {
  readonly key: string | undefined;
  readonly options: ClientChoice;
  readonly url: string;
  readonly client: CaseClient;
}

type Outcome = { readonly result: unknown } | { readonly error: object };

class CaseRun implements Run {
  readonly saved = new Map<string, unknown>();
  readonly #name: string;
  readonly #case: Case;
  readonly #driver: Driver;
  readonly #harness: Harness;
  readonly #clients: OpenClient[] = [];
  #proxy: FaultProxy | undefined;

  constructor(one: Case, driver: Driver, harness: Harness) {
    this.#case = one;
    this.#driver = driver;
    this.#harness = harness;
    this.#name = `c${++runs}-${driver.protocol}`;
  }

  namespace(label: string): string {
    return `${this.#name}-${label}`;
  }

  async begin(): Promise<void> {
    const { namespace = {}, faults, server = "open" } = this.#case;
    if (namespace !== false) {
      const args = toValue(namespace, this) as JsonObject;
      await this.#administer({ operation: "create_namespace", args: { name: this.namespace("main"), ...args } });
    }
    if (faults !== undefined) this.#proxy = await this.#harness.openProxy(server, toValue(faults, this));
  }

  /** Carries out a step. @returns what differs from what it expects */
  async check(step: Step): Promise<string | undefined> {
    const deadline = Date.now() + EVENTUALLY_MS;
    for (;;) {
      const problem = await this.#checkOnce(step);
      if (problem === undefined || step.eventually !== true || Date.now() > deadline) return problem;
      await pause(EVENTUALLY_PAUSE_MS);
    }
  }

  async end(): Promise<void> {
    for (const { client } of this.#clients) client.close();
    await this.#proxy?.close();
    if (this.#case.server === "nowhere") return;
    const labels = new Set(["main", ...labelsIn(this.#case as never)]);
    for (const label of labels) {
      const deleting = this.#administer({ operation: "delete_namespace", args: { name: this.namespace(label) } });
      await deleting.catch((error: unknown) => this.#allowNotFound(error));
    }
  }

  async #checkOnce(step: Step): Promise<string | undefined> {
    const before = await this.#proxy?.seen();
    const outcome = await this.#perform(step);
    if (step.save !== undefined) this.saved.set(step.save, "error" in outcome ? outcome.error : outcome.result);
    return this.#compare(step, outcome) ?? (await this.#compareSeen(step, before?.attempts ?? 0));
  }

  #compare(step: Step, outcome: Outcome): string | undefined {
    if ("error" in outcome) {
      if (step.error === undefined) return `it failed: ${JSON.stringify(outcome.error)}`;
      return mismatch(toValue(step.error, this), outcome.error, "the error");
    }
    if (step.error !== undefined) return `it did not fail; it gave ${JSON.stringify(outcome.result)}`;
    return mismatch(toValue(step.expect ?? {}, this), outcome.result, "the result");
  }

  async #compareSeen(step: Step, attemptsBefore: number): Promise<string | undefined> {
    if (step.attempts === undefined && step.sent === undefined) return undefined;
    if (this.#proxy === undefined) throw new Error("attempts and sent need faults");
    const { attempts, requests } = await this.#proxy.seen();
    const problem =
      step.attempts === undefined ? undefined : mismatch(step.attempts, attempts - attemptsBefore, "the attempts");
    if (problem !== undefined || step.sent === undefined) return problem;
    return mismatch(toValue(step.sent, this), requests.at(-1), "what was sent");
  }

  async #perform(step: Step): Promise<Outcome> {
    const { after_ms, after_items } = step.cancel ?? {};
    const controller = step.cancel === undefined ? undefined : new AbortController();
    if (after_ms === 0) controller!.abort();
    const timer =
      after_ms === undefined || after_ms === 0 ? undefined : setTimeout(() => controller!.abort(), after_ms);
    let items = 0;
    const call: Call = {
      operation: step.do,
      args: toValue(step.with ?? {}, this) as Record<string, unknown>,
      namespace: this.#namespaceOf(step),
      timeoutMs: step.timeout_ms,
      signal: controller?.signal,
      take: step.take ?? Number.POSITIVE_INFINITY,
      onItem: () => {
        if (++items === after_items) controller!.abort();
      },
    };
    try {
      return { result: (await this.#client(step).perform(call)) ?? {} };
    } catch (thrown) {
      const error = this.#driver.toError(thrown);
      if (error === undefined) throw thrown;
      return { error };
    } finally {
      clearTimeout(timer);
    }
  }

  #namespaceOf({ namespace = { $namespace: "main" } }: Step): string | undefined {
    return (toValue(namespace, this) as string | null) ?? undefined;
  }

  #client(step: Step): CaseClient {
    const options = { ...this.#case.client, ...step.client };
    const key = this.#keyOf(step);
    const url = (step.direct !== true && this.#proxy?.url) || this.#harness.url(this.#case.server ?? "open");
    const same = (each: OpenClient) => each.key === key && each.url === url && isDeepStrictEqual(each.options, options);
    const found = this.#clients.find(same);
    if (found !== undefined) return found.client;
    const client = this.#driver.open({ url, key, options });
    this.#clients.push({ key, options, url, client });
    return client;
  }

  #keyOf({ key }: Step): string | undefined {
    if (key === undefined) return this.#ownKey();
    const value = toValue(key, this) as string | null;
    return value === "admin" ? this.#harness.adminKey : (value ?? undefined);
  }

  #ownKey(): string | undefined {
    return this.#case.server === "keyed" ? this.#harness.adminKey : undefined;
  }

  /** Calls the server itself, with a client that nothing of the case touches. */
  async #administer(of: { readonly operation: string; readonly args: Record<string, unknown> }): Promise<void> {
    const url = this.#harness.url(this.#case.server ?? "open");
    const client = this.#driver.open({ url, key: this.#ownKey(), options: {} });
    const rest = { namespace: undefined, timeoutMs: undefined, signal: undefined, take: 0, onItem: () => {} };
    try {
      await client.perform({ ...of, ...rest });
    } finally {
      client.close();
    }
  }

  #allowNotFound(thrown: unknown): void {
    if (mismatch({ reason: "NAMESPACE_NOT_FOUND" }, this.#driver.toError(thrown)) !== undefined) throw thrown;
  }
}
