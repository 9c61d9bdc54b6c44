import { createDeadlineSignal } from "@connectrpc/connect/protocol";
import { refusal } from "../errors.js";
import type { Sink } from "./sink.js";

/**
 * What ends a call before its answer: its time, or that nobody waits for it. It is the call's signal, and nothing is made or armed until
 * somebody waits: most calls are over before.
 */
export class Ending implements Pick<AbortSignal, "aborted" | "reason" | "throwIfAborted"> {
  readonly #sink: Sink;
  /** When its time is over, by `performance.now()`. */
  readonly #endMs: number;
  #controller: AbortController | undefined;
  #letGo: (() => void)[] = [];

  /** @param timeoutMs  from now; undefined for none */
  constructor(sink: Sink, timeoutMs: number | undefined) {
    this.#sink = sink;
    this.#endMs = timeoutMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
  }

  /** As far as it is known: only what waits is told at once. */
  get aborted(): boolean {
    return this.#controller?.signal.aborted === true;
  }

  get reason(): unknown {
    return this.#controller?.signal.reason;
  }

  /** @throws why the call is over, when it is */
  throwIfAborted(): void {
    if (this.#controller === undefined && (this.#sink.isGone || performance.now() >= this.#endMs)) this.arm();
    this.#controller?.signal.throwIfAborted();
  }

  addEventListener(...of: Parameters<AbortSignal["addEventListener"]>): void {
    this.arm().signal.addEventListener(...of);
  }

  removeEventListener(...of: Parameters<AbortSignal["removeEventListener"]>): void {
    this.#controller?.signal.removeEventListener(...of);
  }

  /** Begins to watch, for work that takes more than this turn. */
  arm(): AbortController {
    if (this.#controller !== undefined) return this.#controller;
    const controller = new AbortController();
    this.#controller = controller;
    const onGone = () => controller.abort(refusal("CANCELED", "the caller went away"));
    this.#letGo.push(this.#sink.onGone(onGone));
    if (this.#sink.isGone) onGone();
    else if (this.#endMs !== Number.POSITIVE_INFINITY) this.#armTimer(controller);
    return controller;
  }

  /** With Connect's timer, and so with Connect's error. */
  #armTimer(controller: AbortController): void {
    const { signal, cleanup } = createDeadlineSignal(Math.max(0, this.#endMs - performance.now()));
    this.#letGo.push(cleanup);
    const forward = () => controller.abort(signal.reason);
    if (signal.aborted) forward();
    else signal.addEventListener("abort", forward, { once: true });
  }

  /** The call is over. */
  clear(): void {
    for (const letGo of this.#letGo) letGo();
  }
}
