import type { MemoryEnvOptions } from "./memory-env.js";

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

/** A clock that stands until a test moves it, with timers that go off on the way: give it to a `MemoryEnv` as its options. */
export class ManualClock implements MemoryEnvOptions {
  /** Milliseconds since 1970. */
  nowMs: number;
  #timers: readonly Timer[] = [];

  /** @param nowMs  whole milliseconds since 1970 */
  constructor(nowMs = 1_700_000_000_000) {
    this.nowMs = nowMs;
  }

  readonly now = (): number => this.nowMs;

  readonly startTimer = (delayMs: number, run: () => void): (() => void) => {
    const timer = { atMs: this.nowMs + delayMs, run };
    this.#timers = [...this.#timers, timer];
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  /** Timers that have not gone off, as milliseconds from now. */
  get waiting(): readonly number[] {
    return this.#timers.map(({ atMs }) => atMs - this.nowMs);
  }

  /** Moves the clock on; timers go off in their order, each at its own time. What they begin is not waited for. */
  advance(ms: number): void {
    const endMs = this.nowMs + ms;
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      const due = next;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.nowMs = Math.max(this.nowMs, due.atMs);
      due.run();
    }
    this.nowMs = endMs;
  }

  #next(endMs: number): Timer | undefined {
    const due = this.#timers.filter(({ atMs }) => atMs <= endMs);
    return due.reduce<Timer | undefined>(
      (first, timer) => (first && first.atMs <= timer.atMs ? first : timer),
      undefined,
    );
  }
}
