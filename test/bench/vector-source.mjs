// Synthetic vectors made by a thread of its own, so that whoever loads them has its own thread for itself.
import { on } from "node:events";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { syntheticChunks } from "./synthetic.mjs";

/** Chunks made before they are asked for. */
const CHUNKS_AHEAD = 2;

/**
 * The chunks of `syntheticChunks`, each the caller's to keep.
 *
 * @param {import("./synthetic.mjs").Shape & {first?: number}} shape
 * @returns {AsyncGenerator<{from: number, vectors: Float32Array}>}
 */
export async function* vectorSource(shape) {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { shape } });
  try {
    const chunks = on(worker, "message");
    for (let i = 0; i < CHUNKS_AHEAD; i++) worker.postMessage("next");
    for await (const [chunk] of chunks) {
      if (chunk === undefined) return;
      worker.postMessage("next");
      yield chunk;
    }
  } finally {
    await worker.terminate();
  }
}

function serve() {
  const chunks = syntheticChunks(workerData.shape);
  parentPort.on("message", () => {
    const { value } = chunks.next();
    if (value === undefined) parentPort.postMessage(undefined);
    else parentPort.postMessage({ from: value.from, vectors: value.vectors.slice() });
  });
}

if (!isMainThread && workerData?.shape !== undefined) serve();
