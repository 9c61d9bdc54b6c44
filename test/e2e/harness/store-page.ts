/** The page of the embedded store's tests: it starts the worker, and hands calls on to it. */
import { MemoryEnv, OpfsEnv, VecStore } from "@vecstore/engine";
import type { Call, Reply } from "./store-worker.js";

declare global {
  /** Calls the store in the page's worker. Rejects with what the worker says of the error. */
  var callStore: (method: Call["method"], ...args: readonly unknown[]) => Promise<unknown>;
  /** Given by the test: told of each batch that was answered. */
  var onWritten: (batch: number) => void;
  var engine: { VecStore: typeof VecStore; MemoryEnv: typeof MemoryEnv; OpfsEnv: typeof OpfsEnv };
}

const worker = new Worker(new URL("./store-worker.js", import.meta.url), { type: "module" });
const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
let calls = 0;

worker.onmessage = ({ data }: MessageEvent<Reply>) => {
  if ("written" in data) return globalThis.onWritten(data.written);
  const call = waiting.get(data.number);
  waiting.delete(data.number);
  if ("error" in data) call?.reject(data.error);
  else call?.resolve(data.value);
};

globalThis.callStore = (method, ...args) =>
  new Promise((resolve, reject) => {
    const number = ++calls;
    waiting.set(number, { resolve, reject });
    worker.postMessage({ number, method, args } satisfies Call);
  });

globalThis.engine = { VecStore, MemoryEnv, OpfsEnv };
