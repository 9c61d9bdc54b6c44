import { type QuotaLevel, utilization } from "./levels.js";

/** A warning is given when so much of a quota is used. */
export const WARN_RATIO = 0.8;
/** Another one of the same quota, only after less than this was used. */
const REARM_RATIO = 0.7;
/** And not before this time: rates and connections come and go. */
const REARM_MS = 60_000;
/** Quotas that are remembered as warned of; the oldest are forgotten beyond, and may be warned of again. */
const REMEMBERED_MAX = 10_000;

/** A quota that is nearly used up. */
export interface QuotaWarning extends QuotaLevel {
  readonly namespace: string;
}

/** A namespace whose quotas are looked at. */
export interface BoundedNamespace {
  readonly name: string;
  /** Never given to another, not even to one of the same name. */
  readonly number: number;
}

/** Warns of each quota once as it is used by 80 %, not at each request after that. Nothing is kept of quotas below. */
export class QuotaWarnings {
  readonly #now: () => number;
  readonly #onWarning: (warning: QuotaWarning) => void;
  /** By the number of the namespace and the quota, in the order of the warnings: when it was. */
  readonly #warnedAtMs = new Map<string, number>();

  /** @param now  milliseconds of a clock that does not go back */
  constructor(now: () => number, onWarning: (warning: QuotaWarning) => void) {
    this.#now = now;
    this.#onWarning = onWarning;
  }

  /** Looks at how far a quota is used. Cost: a look-up. */
  note({ name, number }: BoundedNamespace, level: QuotaLevel): void {
    const ratio = utilization(level);
    if (ratio < WARN_RATIO && this.#warnedAtMs.size === 0) return;
    const key = `${level.quota} ${number}`;
    const warnedAtMs = this.#warnedAtMs.get(key);
    if (ratio >= WARN_RATIO) {
      if (warnedAtMs === undefined) this.#warn(key, { namespace: name, ...level });
    } else if (warnedAtMs !== undefined && ratio < REARM_RATIO && this.#now() - warnedAtMs >= REARM_MS) {
      this.#warnedAtMs.delete(key);
    }
  }

  #warn(key: string, warning: QuotaWarning): void {
    const oldest = this.#warnedAtMs.size < REMEMBERED_MAX ? undefined : this.#warnedAtMs.keys().next().value;
    if (oldest !== undefined) this.#warnedAtMs.delete(oldest);
    this.#warnedAtMs.set(key, this.#now());
    this.#onWarning(warning);
  }
}
