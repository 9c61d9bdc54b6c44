// The builder worker. scripts/build-core.mjs compiles this file into generated/worker-source.ts, and nothing imports
// it: it is started from that string.
import { parentPort, workerData } from "node:worker_threads";
import { bindModule, type CoreExports } from "./bind.js";
import type { BuildTask } from "./builder.js";
import { later, runSlice } from "./schedule.js";
import type { WorkerReply, WorkerRequest } from "./worker-protocol.js";

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
let scheduled = false;

function reply(kind: WorkerReply["kind"], target: number): void {
  parentPort!.postMessage({ kind, target } satisfies WorkerReply);
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
  else reply("settled", target);
}

parentPort!.on("message", (request: WorkerRequest) => {
  if (request.kind === "start") {
    const { target, task, memory, header, scratch } = request;
    if (!jobs.has(target)) jobs.set(target, { task, exports: bindModule(module, memory), header, scratch });
    schedule();
  } else {
    jobs.delete(request.target);
    reply("stopped", request.target);
  }
});
