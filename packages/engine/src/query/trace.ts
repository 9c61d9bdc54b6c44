import type { QueryStage, QueryStageName } from "../model/explain.js";
import type { QueryObserver, QueryStretch } from "../model/observer.js";
import type { Way } from "./fuse.js";
import type { SegmentPlan } from "./plan.js";
import type { Counters } from "./scan.js";

/** What one query did, and how long each part took: kept only for queries that ask for it. */
export class Trace {
  #plans: readonly SegmentPlan[] = [];
  #need = 0;
  #ways: readonly Way[] = [];
  readonly #spentMs = new Map<QueryStageName, number>();
  readonly #onStretch: QueryObserver["onStretch"];
  /** Undefined after `end`, while nothing is done. */
  #stage: QueryStageName | undefined = "plan";
  #sinceMs: number;
  #stretchMs: number;
  #by: "vectors" | "lists" = "vectors";
  /** Of the search by vectors that runs, and how many of its candidates were told of. */
  #counters: Counters | undefined;
  #told = 0;

  /** Begins with the plan. */
  constructor(nowMs = performance.now(), onStretch?: QueryObserver["onStretch"]) {
    this.#sinceMs = nowMs;
    this.#stretchMs = nowMs;
    this.#onStretch = onStretch;
    this.#spentMs.set("plan", 0);
  }

  /**
   * Ends the current stage.
   *
   * @returns  its name; after `end` that of the stage that begins
   */
  enter(stage: QueryStageName, nowMs = performance.now()): QueryStageName {
    const left = this.#stage;
    if (left !== stage) this.#leave(nowMs);
    else this.#spend(nowMs);
    if (!this.#spentMs.has(stage)) this.#spentMs.set(stage, 0);
    this.#stage = stage;
    return left ?? stage;
  }

  /** Ends the current stage; what follows is nobody's time, until another begins. */
  end(nowMs = performance.now()): void {
    this.#leave(nowMs);
    this.#stage = undefined;
  }

  /**
   * Begins a search by a dense vector, which looks for `need` results.
   *
   * @param counters  what it counts, while it runs
   */
  begin(plans: readonly SegmentPlan[], need: number, counters: Counters): void {
    this.#plans = plans;
    this.#need = need;
    this.enter("search");
    this.#by = "vectors";
    this.#counters = counters;
    this.#told = counters.candidates;
  }

  /** Begins a search of texts or sparse vectors. */
  enterLists(): void {
    if (this.#stage === "search") this.end();
    this.enter("search");
    this.#by = "lists";
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
    this.#spend(nowMs);
    return Array.from(this.#spentMs, ([name, durationMs]) => ({ name, durationMs }));
  }

  #leave(nowMs: number): void {
    this.#spend(nowMs);
    if (this.#stage !== undefined) this.#onStretch?.(this.#stretch(this.#stage, nowMs));
    this.#stretchMs = nowMs;
  }

  #spend(nowMs: number): void {
    const stage = this.#stage;
    if (stage !== undefined) this.#spentMs.set(stage, this.#spentMs.get(stage)! + nowMs - this.#sinceMs);
    this.#sinceMs = nowMs;
  }

  #stretch(stage: QueryStageName, endedMs: number): QueryStretch {
    const startedMs = this.#stretchMs;
    if (stage !== "search") return { stage, startedMs, endedMs };
    if (this.#by === "lists" || this.#counters === undefined) return { stage, by: this.#by, startedMs, endedMs };
    const { candidates } = this.#counters;
    const found = candidates - this.#told;
    this.#told = candidates;
    return { stage, by: this.#by, startedMs, endedMs, candidates: found };
  }
}
