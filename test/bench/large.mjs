// A namespace near the size that one machine holds: how long it takes to fill, what it takes in memory and on the disk, how
// soon it answers after a start, and how well. Vectors in full precision stay on the disk, unless --memory says otherwise.
//
// The store is kept in .cache/bench/large: a run that was stopped goes on where it ended, and one that finds everything loaded
// only measures. Each phase runs in a process of its own, so that the memory of one does not count for another.
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { K } from "./exact.mjs";
import { CACHE, saveResult, table, whole } from "./report.mjs";
import { syntheticQueries, syntheticTruth } from "./synthetic.mjs";

const MAIN = fileURLToPath(new URL("./large-main.mjs", import.meta.url));
const SEED = 1;

export const summary =
  "a namespace of a given shape (1000000x768, 10000000x100): load, memory, disk, recall, queries a second, start";

export const options = {
  shape: { type: "string", default: "100000x768", doc: "records x dimensions, made by the rule in synthetic.mjs" },
  m: { type: "string", default: "16", doc: "links of a node" },
  "ef-construction": { type: "string", default: "200", doc: "candidates while building" },
  threads: { type: "string", default: "", doc: "threads that build; the engine's default when empty" },
  memory: { type: "string", default: "0", doc: "memoryForVectors, bytes" },
  efs: { type: "string", default: "32,64,128,256,512", doc: "ef of the queries" },
  queries: { type: "string", default: "200", doc: "queries that recall and speed are measured with" },
  seconds: {
    type: "string",
    default: "60",
    doc: "after so long from the start, answering all the while, memory is measured",
  },
  replace: {
    type: "string",
    default: "0",
    doc: "share of the records that is replaced, then reclaimed by a merge; 0..1",
  },
  minutes: { type: "string", default: "600", doc: "loading stops after so long; the next run goes on" },
  fresh: { type: "string", default: "no", doc: "yes: begin with an empty store" },
};

/** @param {Record<string, string>} values */
export async function run(values) {
  const plan = planOf(values);
  const folder = join(CACHE, "large", plan.name);
  if (values.fresh === "yes") rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const state = { loads: [], ...readJson(join(folder, "state.json")) };
  const keep = () => writeFileSync(join(folder, "state.json"), JSON.stringify(state));
  const loaded = await inProcess("load", { ...plan, folder, minutes: Number(values.minutes) });
  if (loaded.added > 0) state.loads.push(loaded);
  keep();
  if (loaded.records < plan.count) {
    console.log(`${whole(loaded.records)} of ${whole(plan.count)} records are loaded; run it again to go on`);
    return;
  }
  if (plan.replace > 0) state.merge = await inProcess("merge", { ...plan, folder });
  keep();
  const truth = await syntheticTruth({ ...plan, seed: SEED });
  const answered = await inProcess("answer", { ...plan, folder, truth: [...truth] });
  print(plan, state, answered);
  saveResult("large", { plan, loads: state.loads, merge: state.merge, answered });
}

function planOf(values) {
  const [count, dimension] = values.shape.split("x").map(Number);
  if (!(count > 0 && dimension > 0)) throw new Error(`--shape is ${values.shape}; write RECORDSxDIMENSIONS`);
  const threads = values.threads === "" ? undefined : Number(values.threads);
  const [m, efConstruction] = [Number(values.m), Number(values["ef-construction"])];
  return {
    name: `${count}x${dimension}-m${m}-ef${efConstruction}`,
    count,
    dimension,
    seed: SEED,
    k: K,
    efs: values.efs.split(",").map(Number),
    queries: Number(values.queries),
    seconds: Number(values.seconds),
    replace: Number(values.replace),
    options: { m, efConstruction, threads, memoryForVectors: Number(values.memory), metric: "cosine", dimension },
  };
}

/** Runs one phase of large-main.mjs and returns what it found. */
async function inProcess(phase, input) {
  const queries = syntheticQueries({ ...input, seed: SEED });
  const child = fork(MAIN, [phase], { serialization: "advanced" });
  const ended = once(child, "exit");
  child.send({ ...input, queries });
  let output;
  child.on("message", (message) => {
    if (message.progress !== undefined) console.log(message.progress);
    else output = message.output;
  });
  const [code, signal] = await ended;
  if (output === undefined) throw new Error(`the process that was to ${phase} ended with ${signal ?? code}`);
  return output;
}

function readJson(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
}

function print({ count }, { loads, merge }, answered) {
  const seconds = (ms) => `${whole(ms / 1_000)} s`;
  const bytes = (value) => `${whole(value / 1e6)} MB`;
  const perRecord = (value) => `${whole(value / count)} bytes`;
  const sum = (key) => loads.reduce((total, load) => total + load[key], 0);
  const most = (key) => loads.reduce((total, load) => Math.max(total, load[key]), 0);
  const rows = [
    ["records/s while loading, every write synced", whole((sum("added") / sum("loadMs")) * 1_000)],
    ["loaded, and the graph complete after", `${seconds(sum("loadMs"))}, ${seconds(sum("loadMs") + sum("graphMs"))}`],
    ["resident at most while loading", bytes(most("peakBytes"))],
    [
      "event loop while loading, p99 and longest",
      `${most("loopP99Ms").toFixed(0)} and ${most("loopMaxMs").toFixed(0)} ms`,
    ],
    ["query while loading, p50 and p99", `${most("queryP50Ms").toFixed(1)} and ${most("queryP99Ms").toFixed(1)} ms`],
    ...(merge === undefined
      ? []
      : [
          ["replaced and merged", `${whole(merge.replaced)} records, ${seconds(merge.mergeMs)}`],
          ["resident at most while merging", bytes(merge.peakBytes)],
        ]),
    ["start to ready", `${(answered.readyMs / 1_000).toFixed(2)} s`],
    [`resident after ${answered.seconds} s of answering`, bytes(answered.residentBytes)],
    ["of that, anonymous and of files", `${bytes(answered.anonymousBytes)}, ${bytes(answered.fileBytes)}`],
    [
      "memory a record: resident, by `stats`",
      `${perRecord(answered.residentBytes)}, ${perRecord(answered.stats.memoryBytes)}`,
    ],
    ["disk a record", perRecord(answered.stats.diskBytes)],
    ["exact query", `${answered.exactMs.toFixed(0)} ms`],
  ];
  console.log(`\n${table(["what", "figure"], rows)}\n`);
  const curve = answered.curve.map(({ ef, recall, queriesPerSecond, p99Ms }) => [
    ef,
    recall.toFixed(4),
    whole(queriesPerSecond),
    p99Ms.toFixed(2),
  ]);
  console.log(table(["ef", `recall at ${K}`, "queries/s", "p99, ms"], curve));
}
