import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createContextValues } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Credential } from "../auth/credential.js";
import { CALL, createCall } from "../call.js";
import { CountRequestSchema } from "../gen/vecstore/v1/read_pb.js";
import { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import type { AnyRequest, AnyResponse, Next } from "./around.js";
import { DEADLINE_MS_ABSENT, DEADLINE_MS_MAX, deadline } from "./deadline.js";

const IDLE_MS = 5_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type MethodName = "count" | "compact" | "queryStream";

function begin(
  name: MethodName,
  header: Record<string, string>,
  next: (request: AnyRequest) => Promise<unknown>,
  { credential, message = create(CountRequestSchema) }: { credential?: Credential; message?: unknown } = {},
) {
  const method = VecStoreService.method[name];
  const call = createCall({
    door: "rest",
    requestId: "r",
    decision: { isAllowed: true, userId: "u", role: "reader", ...(credential && { credential }) },
    namespaceHeader: undefined,
  });
  const caller = new AbortController();
  const request = {
    stream: name === "queryStream",
    method,
    header: new Headers(header),
    signal: caller.signal,
    contextValues: createContextValues().set(CALL, call),
    message: name === "queryStream" && !isIterable(message) ? once(message) : message,
  };
  const run = async () => deadline(IDLE_MS)(next as Next)(request as unknown as AnyRequest);
  const outcome = run().then(
    (response) => response,
    (error) => Code[ConnectError.from(error).code],
  );
  return { call, caller, outcome };
}

const isIterable = (value: unknown) => Symbol.asyncIterator in (value as object);

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}
describe("a key that ends", () => {
  const credentialOf = () =>
    new Credential({
      id: "k",
      role: "reader",
      namespaces: ["docs"],
      digest: Buffer.alloc(32),
      expiresAtMs: Date.now() + 50,
    });

  it("ends a unary call, also when the work does not look", async () => {
    const credential = credentialOf();
    const { outcome } = begin("count", {}, never, { credential });
    credential.end("was revoked");
    expect(await outcome).toBe("PermissionDenied");
  });

  it("ends a stream in the middle, when its time comes", async () => {
    const message = (async function* () {
      yield 1;
      await never();
    })();
    const { outcome } = begin("queryStream", {}, async () => ({ stream: true, message }), {
      credential: credentialOf(),
    });
    const seen: unknown[] = [];
    const read = async () => {
      const response = (await outcome) as AnyResponse & { message: AsyncIterable<unknown> };
      for await (const each of response.message) seen.push(each);
    };
    const failed = read().then(
      () => "it ended",
      (error) => Code[ConnectError.from(error).code],
    );
    await vi.advanceTimersByTimeAsync(49);
    expect(seen).toEqual([1]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await failed).toBe("PermissionDenied");
  });

  it("fails a stream that nobody read meanwhile, which must not be taken for whole", async () => {
    const credential = credentialOf();
    const message = (async function* () {
      yield 1;
      yield 2;
    })();
    const { outcome } = begin("queryStream", {}, async () => ({ stream: true, message }), { credential });
    const messages = ((await outcome) as AnyResponse & { message: AsyncIterable<unknown> }).message;
    const reader = messages[Symbol.asyncIterator]();
    expect(await reader.next()).toEqual({ done: false, value: 1 });
    credential.end("was revoked");
    // The work is let go in turns of its own.
    for (let turn = 0; turn < 10; turn++) await undefined;
    await expect(reader.next()).rejects.toMatchObject({ code: Code.PermissionDenied });
  });

  it("leaves a call alone that is to outlive it, and one that is over", async () => {
    const credential = credentialOf();
    const { call, outcome } = begin("count", {}, () => Promise.resolve("answer"), { credential });
    call.outliveKey?.();
    credential.end("was rotated");
    expect(await outcome).toBe("answer");
    const over = credentialOf();
    await begin("count", {}, () => Promise.resolve("answer"), { credential: over }).outcome;
    expect(vi.getTimerCount()).toBe(0);
  });
});

const never = () => new Promise<never>(() => {});

describe("deadline", () => {
  it.each([
    ["count", {}, DEADLINE_MS_ABSENT],
    ["count", { "connect-timeout-ms": "50" }, 50],
    ["count", { "grpc-timeout": "2S" }, 2_000],
    ["count", { "connect-timeout-ms": String(DEADLINE_MS_MAX) }, DEADLINE_MS_MAX],
    ["compact", {}, IDLE_MS],
    ["compact", { "grpc-timeout": "1S" }, 1_000],
  ] as const)("ends %s with %j after %d ms, also when the work does not look", async (name, header, ms) => {
    const { outcome } = begin(name, header as Record<string, string>, never);
    let isOver = false;
    void outcome.then(() => {
      isOver = true;
    });
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toBe("DeadlineExceeded");
  });

  it("refuses a deadline past the maximum for unary calls", async () => {
    const { outcome } = begin("count", { "connect-timeout-ms": String(DEADLINE_MS_MAX + 1) }, never);
    expect(await outcome).toBe("InvalidArgument");
  });

  it.each(["count", "compact"] as const)("ends %s before it begins when the caller allows no time", async (name) => {
    const next = vi.fn(never);
    const { outcome } = begin(name, { "connect-timeout-ms": "0" }, next);
    expect(await outcome).toBe("DeadlineExceeded");
    expect(next).not.toHaveBeenCalled();
  });

  it("tells the work when to stop, and that the caller went", async () => {
    const { call, caller, outcome } = begin("count", { "connect-timeout-ms": "50" }, never);
    expect(call.deadlineMs).toBe(Date.now() + 50);
    caller.abort(new ConnectError("gone", Code.Canceled));
    expect(await outcome).toBe("Canceled");
  });

  it("calls it canceled whatever code the caller resets its stream with", async () => {
    const { caller, outcome } = begin("count", {}, never);
    caller.abort(new ConnectError("stream closed with error code INTERNAL_ERROR (0x2)", Code.Internal));
    expect(await outcome).toBe("Canceled");
  });

  it("lets a stream run as long as it moves", async () => {
    let send: (id: number) => void = () => {};
    async function* messages() {
      for (;;) {
        yield await new Promise<number>((resolve) => {
          send = resolve;
        });
      }
    }
    const { outcome } = begin("queryStream", {}, async () => ({ stream: true, message: messages() }));
    const response = (await outcome) as AnyResponse & { message: AsyncIterable<unknown> };
    const iterator = response.message[Symbol.asyncIterator]();
    for (let at = 0; at < 3; at++) {
      const next = iterator.next();
      await vi.advanceTimersByTimeAsync(IDLE_MS - 1);
      send(at);
      expect(await next).toEqual({ done: false, value: at });
    }
    const failed = expect(iterator.next()).rejects.toMatchObject({ code: Code.DeadlineExceeded });
    await vi.advanceTimersByTimeAsync(IDLE_MS);
    await failed;
  });

  it("lets the work and its timers go when the reader of a stream leaves between two messages", async () => {
    let released = false;
    async function* messages() {
      try {
        for (let at = 0; ; at++) yield at;
      } finally {
        released = true;
      }
    }
    const { caller, outcome } = begin("queryStream", {}, async () => ({ stream: true, message: messages() }));
    const response = (await outcome) as AnyResponse & { message: AsyncIterable<unknown> };
    await response.message[Symbol.asyncIterator]().next();
    caller.abort(new ConnectError("gone", Code.Canceled));
    await vi.advanceTimersByTimeAsync(0);
    expect(released).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("counts what a caller streams as movement", async () => {
    const sent: ((value: unknown) => void)[] = [];
    const messages = async function* () {
      for (;;) yield await new Promise((resolve) => sent.push(resolve));
    };
    const next = async (request: AnyRequest) => {
      for await (const _ of request.message as AsyncIterable<unknown>);
      return {};
    };
    const { outcome } = begin("queryStream", {}, next, { message: messages() });
    let isOver = false;
    void outcome.then(() => {
      isOver = true;
    });
    for (let message = 0; message < 5; message++) {
      await vi.advanceTimersByTimeAsync(IDLE_MS - 1);
      sent.at(-1)!({});
    }
    await vi.advanceTimersByTimeAsync(IDLE_MS - 1);
    expect([isOver, sent.length]).toEqual([false, 6]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toBe("DeadlineExceeded");
  });
});
