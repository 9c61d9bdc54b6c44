import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { endedBy } from "../auth/permit.js";
import { CALL, type Call } from "../call.js";
import { refusal } from "../errors.js";
import type { AnyRequest, AnyResponse, Next } from "./around.js";
import { askedTimeoutMs, TIMER_MS_MAX } from "./timeout-header.js";

/** Deadline of a unary call that names none. */
export const DEADLINE_MS_ABSENT = 30_000;
/** The most that a unary call may ask for. */
export const DEADLINE_MS_MAX = 60_000;

/** Unary calls that may rightly take long: they end after the idle time, or at the caller's deadline. */
const LONG_CALLS = new Set(["Compact", "CreateSnapshot", "RestoreSnapshot", "MeasureRecall"]);

/**
 * Ends a call at its deadline even when the work does not look at its signal, and gives unary calls one when the caller
 * named none. Streams end when no message passes for `idleTimeoutMs`.
 */
export function deadline(idleTimeoutMs: number): Interceptor {
  return (next) => (request) => {
    const isBounded = !request.stream && isShort(request.method);
    const call = request.contextValues.get(CALL);
    const timeoutMs = setDeadline(call, request.method, askedTimeoutMs(request.header), isBounded);
    const stop = createStop(endUnder(request.signal), timeoutMs, isBounded ? undefined : idleTimeoutMs);
    return runUntil(next, request, untilKeyEnds(stop, call));
  };
}

/** Whether a unary call has to end within the most that may be asked for. */
const isShort = ({ name }: DescMethod): boolean => !LONG_CALLS.has(name);

/**
 * Notes when a call must end.
 *
 * @param asked      milliseconds that the caller allows
 * @param isBounded  true of a short unary call
 * @returns          milliseconds from now; undefined for a call without an end
 * @throws           ConnectError LIMIT_OUT_OF_RANGE
 */
function setDeadline(call: Call, { name }: DescMethod, asked: number | undefined, isBounded: boolean) {
  if (isBounded && asked !== undefined && asked > DEADLINE_MS_MAX) {
    throw refusal("LIMIT_OUT_OF_RANGE", `the deadline is ${asked} ms; ${name} allows up to ${DEADLINE_MS_MAX} ms`);
  }
  const timeoutMs = asked ?? (isBounded ? DEADLINE_MS_ABSENT : undefined);
  if (timeoutMs !== undefined) call.deadlineMs = Date.now() + timeoutMs;
  return timeoutMs;
}

/** A unary call, and what it may take. */
export interface Bounded {
  readonly call: Call;
  readonly method: DescMethod;
  /** Milliseconds that the caller allows. */
  readonly asked: number | undefined;
  /** Makes what ends the call early. */
  readonly controller: () => AbortController;
}

/**
 * The same for a short unary call that may be over before it would need to be ended: nothing is armed for one that answers at once.
 *
 * @throws as `deadline`, and what `run` throws
 */
export function runWithin<T>({ call, method, asked, controller }: Bounded, run: () => T | Promise<T>): T | Promise<T> {
  const timeoutMs = setDeadline(call, method, asked, true);
  const result = run();
  if (!(result instanceof Promise)) return result;
  const stop = untilKeyEnds(createStop({ controller: controller() }, timeoutMs, undefined), call);
  return Promise.race([result, stop.stopped]).finally(stop.clear);
}

/** What ends a call early: the caller's signal, the deadline, or silence. */
interface Stop {
  readonly signal: AbortSignal;
  /** Ends the call with an error. */
  readonly end: (error: ConnectError) => void;
  /** Rejects when the signal fires. */
  readonly stopped: Promise<never>;
  /** Something moved: the idle time begins again. */
  touch(): void;
  clear(): void;
}

/** What ends a call, and lets go of what would. */
interface End {
  readonly controller: AbortController;
  readonly release?: () => void;
}

/** An end of our own, which the caller's signal brings about too. */
function endUnder(outer: AbortSignal): End {
  const controller = new AbortController();
  const forward = () => controller.abort(endOf(outer.reason));
  if (outer.aborted) forward();
  else outer.addEventListener("abort", forward, { once: true });
  return { controller, release: () => outer.removeEventListener("abort", forward) };
}

function createStop({ controller, release }: End, timeoutMs: number | undefined, idleMs: number | undefined): Stop {
  const { signal } = controller;
  const arm = (ms: number | undefined, message: string) => {
    if (ms === undefined || ms > TIMER_MS_MAX) return undefined;
    const end = () => controller.abort(refusal("DEADLINE_EXCEEDED", message));
    // As Connect does: no time is over at once, and not in the next turn of the loop.
    if (ms > 0) return setTimeout(end, ms);
    end();
    return undefined;
  };
  const whole = arm(timeoutMs, `the deadline of ${timeoutMs} ms passed; a write may have happened`);
  const idle = arm(idleMs, `nothing moved for ${idleMs} ms`);
  const stopped = new Promise<never>((_, reject) => {
    const fail = () => reject(signal.reason);
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
  // It is raced against; a call that ended in time never looks at it again.
  stopped.catch(() => {});
  const clear = () => {
    clearTimeout(whole);
    clearTimeout(idle);
    release?.();
  };
  return { signal, end: (error) => controller.abort(error), stopped, touch: () => void idle?.refresh(), clear };
}

/** A key that is revoked, rotated or past its time ends what runs under it, a stream as well. */
function untilKeyEnds(stop: Stop, call: Call): Stop {
  const credential = call.decision.isAllowed ? call.decision.credential : undefined;
  if (credential === undefined) return stop;
  const unwatch = credential.onEnd((ending) => {
    const { reason, message } = endedBy(credential.id, ending, " while the call ran; a write may have happened");
    stop.end(refusal(reason, message));
  });
  call.outliveKey = unwatch;
  const clear = () => {
    unwatch();
    stop.clear();
  };
  return { ...stop, clear };
}

/** A caller may reset a stream with any code of HTTP/2, also with one that means a fault of ours; it went away all the same. */
function endOf(reason: unknown): unknown {
  const isDeadline = reason instanceof ConnectError && reason.code === Code.DeadlineExceeded;
  return isDeadline ? reason : refusal("CANCELED", "the caller went away", {}, reason);
}

async function runUntil(next: Next, request: AnyRequest, stop: Stop): Promise<AnyResponse> {
  let isStreaming = false;
  try {
    // What is over before it begins does no work.
    stop.signal.throwIfAborted();
    const response = await Promise.race([next(asTouching(request, stop)), stop.stopped]);
    if (!response.stream) return response;
    isStreaming = true;
    return { ...response, message: messagesUntil(response.message, stop) };
  } finally {
    if (!isStreaming) stop.clear();
  }
}

/** The request under our signal; what a caller streams counts as movement too. */
function asTouching(request: AnyRequest, stop: Stop): AnyRequest {
  const { signal } = stop;
  return request.stream ? { ...request, signal, message: touching(request.message, stop) } : { ...request, signal };
}

async function* touching<T>(messages: AsyncIterable<T>, stop: Stop): AsyncGenerator<T> {
  for await (const message of messages) {
    stop.touch();
    yield message;
  }
}

/**
 * The messages until the stream ends or is stopped. A reader that went away leaves the generator suspended at its `yield`, where
 * no `finally` runs, so the signal too lets the work go and frees the timers.
 */
function messagesUntil<T>(messages: AsyncIterable<T>, stop: Stop): AsyncIterable<T> {
  const iterator = messages[Symbol.asyncIterator]();
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    stop.clear();
    // Not awaited: an iterator that hangs would keep the call from ending.
    iterator.return?.().catch(() => {});
  };
  stop.signal.addEventListener("abort", end, { once: true });
  return pass(iterator, stop, end);
}

async function* pass<T>(iterator: AsyncIterator<T>, stop: Stop, end: () => void): AsyncGenerator<T> {
  try {
    for (;;) {
      const result = await Promise.race([iterator.next(), stop.stopped]);
      // Work that was let go while nobody read says that it is done: what is cut off must not be taken for whole.
      stop.signal.throwIfAborted();
      stop.touch();
      if (result.done) return;
      yield result.value;
      stop.touch();
    }
  } finally {
    end();
  }
}
