import type { Interceptor } from "@connectrpc/connect";

/** A call on its way in. */
export type AnyRequest = Parameters<ReturnType<Interceptor>>[0];
/** The rest of the onion. */
export type Next = Parameters<Interceptor>[0];
/** A call on its way out. */
export type AnyResponse = Awaited<ReturnType<Next>>;

/** What an interceptor does when a call is over. */
export interface Around {
  /** The last message left. Not called after `onError`. */
  readonly onDone?: () => void;
  /** Returns what to throw in its place. */
  readonly onError?: (thrown: unknown) => unknown;
  /** In any case, at the very end. */
  readonly onEnd?: () => void;
}

/** Runs the rest of the onion and tells how it ended, for a stream after its last message. */
export async function around(
  next: Next,
  request: AnyRequest,
  { onDone, onError, onEnd }: Around,
): Promise<AnyResponse> {
  let isStreaming = false;
  try {
    const response = await next(request);
    if (response.stream) {
      isStreaming = true;
      return { ...response, message: watch(response.message, { onDone, onError, onEnd }) };
    }
    onDone?.();
    return response;
  } catch (thrown) {
    throw onError ? onError(thrown) : thrown;
  } finally {
    if (!isStreaming) onEnd?.();
  }
}

async function* watch<T>(messages: AsyncIterable<T>, { onDone, onError, onEnd }: Around): AsyncGenerator<T> {
  let isOver = false;
  try {
    yield* messages;
    isOver = true;
    onDone?.();
  } catch (thrown) {
    isOver = true;
    throw onError ? onError(thrown) : thrown;
  } finally {
    // Neither ended nor failed: the reader went away.
    if (!isOver) onError?.(new DOMException("the caller went away", "AbortError"));
    onEnd?.();
  }
}
