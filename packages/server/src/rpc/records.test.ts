import type { DescMethod } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { createContextValues, createHandlerContext, type HandlerContext } from "@connectrpc/connect";
import { MemoryEnv, NamespacedVecStore } from "@vecstore/engine";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CALL, createCall } from "../call.js";
import { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import { Traffic } from "../quota/traffic.js";
import type { RpcDeps } from "./deps.js";
import { createRecordHandlers } from "./records.js";

let all: NamespacedVecStore;
beforeEach(async () => {
  all = await NamespacedVecStore.open("data", { env: new MemoryEnv(), threads: 0 });
  await (await all.namespace("default")).upsert([{ id: "a", vector: [1, 2], metadata: { n: 1 } }]);
});
afterEach(() => all.close());

const handlers = () =>
  createRecordHandlers({ directory: () => all, traffic: new Traffic(() => 0) } as unknown as RpcDeps);

function contextOf(method: DescMethod, requestSignal: AbortSignal, deadlineMs: number): HandlerContext {
  const decision = { isAllowed: true, userId: "anonymous", role: "admin" } as const;
  const call = createCall({ door: "connect", requestId: "", decision, namespaceHeader: undefined });
  call.deadlineMs = deadlineMs;
  const contextValues = createContextValues().set(CALL, call);
  const { parent: service } = method;
  const where = { protocolName: "test", requestMethod: "POST", url: "http://localhost/" };
  return createHandlerContext({ ...where, service, method, requestSignal, contextValues });
}

const { list, count } = VecStoreService.method;
const REQUEST = { filter: "n = 1" };
const LATER = 60_000;

describe("a read of many records", () => {
  it.each([
    ["list", list, (context: HandlerContext) => handlers().list(create(list.input, REQUEST), context)],
    ["count", count, (context: HandlerContext) => handlers().count(create(count.input, REQUEST), context)],
  ] as const)("ends when nobody waits for it, or its time is over: %s", async (_, method, ask) => {
    const waiting = new AbortController().signal;
    expect(await ask(contextOf(method, waiting, Date.now() + LATER))).toBeDefined();
    const gone = contextOf(method, AbortSignal.abort(), Date.now() + LATER);
    await expect(ask(gone)).rejects.toMatchObject({ reason: "CANCELED" });
    await expect(ask(contextOf(method, waiting, Date.now()))).rejects.toMatchObject({ reason: "DEADLINE_EXCEEDED" });
  });
});

const { delete: remove, softDelete, restore } = VecStoreService.method;

describe("a write by filter", () => {
  it.each([
    ["delete", remove, (context: HandlerContext) => handlers().delete(create(remove.input, REQUEST), context)],
    [
      "softDelete",
      softDelete,
      (context: HandlerContext) => handlers().softDelete(create(softDelete.input, REQUEST), context),
    ],
    ["restore", restore, (context: HandlerContext) => handlers().restore(create(restore.input, REQUEST), context)],
  ] as const)("writes nothing when nobody waits for it, or its time is over: %s", async (_, method, ask) => {
    const before = all.answerBasis("default")!.sequence;
    const waiting = new AbortController().signal;
    const gone = contextOf(method, AbortSignal.abort(), Date.now() + LATER);
    await expect(ask(gone)).rejects.toMatchObject({ reason: "CANCELED" });
    await expect(ask(contextOf(method, waiting, Date.now()))).rejects.toMatchObject({ reason: "DEADLINE_EXCEEDED" });
    expect(all.answerBasis("default")!.sequence).toBe(before);
    expect(await ask(contextOf(method, waiting, Date.now() + LATER))).toBeDefined();
  });
});
