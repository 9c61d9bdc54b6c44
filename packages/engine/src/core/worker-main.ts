// What a worker thread runs. scripts/build-core.mjs compiles this file into generated/worker-source.ts, and nothing imports
// it: it is started from that string.
import { parentPort, workerData } from "node:worker_threads";
import { bindModule, type CoreExports } from "./bind.js";
import type { BuildTask } from "./builder.js";
import { later, runSlice } from "./schedule.js";
import { runTask, type TaskPlace } from "./task-run.js";
import type { TaskRequest, WorkerReply, WorkerRequest } from "./worker-protocol.js";

/** One turn of building; then requests are looked at. */
const SLICE_MS = 1;

interface Job {
  readonly task: BuildTask;
  readonly exports: CoreExports;
  readonly header: number;
  readonly scratch: number;
}

const module: WebAssembly.Module = workerData;
const jobs = new Map<number, Job>();
const places = new Map<number, TaskPlace>();
let scheduled = false;

function reply(message: WorkerReply): void {
  parentPort!.postMessage(message);
}

function schedule(): void {
  if (scheduled || jobs.size === 0) return;
  scheduled = true;
  later(() => {
    scheduled = false;
    turn();
    schedule();
  });
}

/** Works on one target for a slice; targets take turns. */
function turn(): void {
  const [next] = jobs;
  if (!next) return;
  const [target, job] = next;
  jobs.delete(target);
  if (runSlice((most) => job.exports[job.task](job.header, job.scratch, most), SLICE_MS)) jobs.set(target, job);
  else reply({ kind: "settled", target });
}

/** The memory that a task is in, bound when it comes for the first time. */
function placeOf({ place, memory }: TaskRequest): TaskPlace {
  if (memory !== undefined) {
    const { buffer } = memory;
    const exports = bindModule(module, memory);
    places.set(place, { exports, words: new Uint32Array(buffer), floats: new Float32Array(buffer) });
  }
  return places.get(place)!;
}

parentPort!.on("message", (request: WorkerRequest) => {
  if (request.kind === "task") {
    reply({ kind: "done", task: request.task, result: runTask(placeOf(request), request.work) });
  } else if (request.kind === "forget") {
    places.delete(request.place);
  } else if (request.kind === "start") {
    const { target, task, memory, header, scratch } = request;
    if (!jobs.has(target)) jobs.set(target, { task, exports: bindModule(module, memory), header, scratch });
    schedule();
  } else {
    jobs.delete(request.target);
    reply({ kind: "stopped", target: request.target });
  }
});

reply({ kind: "ready" });
