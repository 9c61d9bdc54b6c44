import type { QueryStage, QueryStageName } from "../model/explain.js";
import type { Way } from "./fuse.js";
import type { SegmentPlan } from "./plan.js";

/** What one query did, and how long each part took: kept only for queries that ask for it. */
export class Trace {
  #plans: readonly SegmentPlan[] = [];
  #need = 0;
  #ways: readonly Way[] = [];
  readonly #spentMs = new Map<QueryStageName, number>();
  #stage: QueryStageName = "plan";
  #sinceMs: number;

  /** Begins with the plan. */
  constructor(nowMs = performance.now()) {
    this.#sinceMs = nowMs;
    this.#spentMs.set("plan", 0);
  }

  /**
   * Ends the current stage.
   *
   * @returns  its name
   */
  enter(stage: QueryStageName, nowMs = performance.now()): QueryStageName {
    const left = this.#stage;
    this.#spentMs.set(left, this.#spentMs.get(left)! + nowMs - this.#sinceMs);
    if (!this.#spentMs.has(stage)) this.#spentMs.set(stage, 0);
    this.#stage = stage;
    this.#sinceMs = nowMs;
    return left;
  }

  /** Begins a search by a dense vector, which looks for `need` results. */
  begin(plans: readonly SegmentPlan[], need: number): void {
    this.#plans = plans;
    this.#need = need;
    this.enter("search");
  }

  /** Keeps what each search found, before it is fused. */
  found(ways: readonly Way[]): void {
    this.#ways = ways;
  }

  /** Of the last search by a dense vector, by segment: a grouped query may search several times. */
  get plans(): readonly SegmentPlan[] {
    return this.#plans;
  }

  /** Results that the last search by a dense vector looked for. */
  get need(): number {
    return this.#need;
  }

  /** What each search found, before it was fused. */
  get ways(): readonly Way[] {
    return this.#ways;
  }

  /** @returns  what each stage took until now, in the order they began */
  stages(nowMs = performance.now()): QueryStage[] {
    this.enter(this.#stage, nowMs);
    return Array.from(this.#spentMs, ([name, durationMs]) => ({ name, durationMs }));
  }
}
