// The process of one engine: does what contestant.mjs asks, one call after the other, and measures it.
import { loadDataset } from "./dataset.mjs";
import { ENGINES } from "./engines.mjs";
import { K } from "./exact-search.mjs";

const [name, task] = process.argv.slice(2).map((argument, at) => (at === 0 ? argument : JSON.parse(argument)));
const kind = ENGINES[name];
/** No slot: what stands in place of an answer that an engine did not give. */
const NONE = 0xffff_ffff;
/** A shorter pass tells more of the scheduler than of the engine. */
const PASS_SECONDS_MIN = 0.1;
let engine;
let queries = [];
let prepared = [];

const CALLS = {
  /** @param {{dimension: number, values: Float32Array}} sent */
  queries({ dimension, values }) {
    const count = values.length / dimension;
    queries = Array.from({ length: count }, (_, at) => values.slice(at * dimension, (at + 1) * dimension));
  },

  async build({ source }) {
    const { truth: _parentHasIt, queries: _too, ...dataset } = await loadDataset(source);
    engine = await kind.create(task);
    const time = await measured(() => engine.build(dataset));
    prepared = queries.map(engine.prepare);
    return time;
  },

  /** From before the engine's package is loaded until the first answer. */
  async open({ ef }) {
    const before = residentBytes();
    const start = performance.now();
    engine = await kind.open(task);
    const openMs = performance.now() - start;
    prepared = queries.map(engine.prepare);
    await engine.beforePass?.(ef);
    await engine.search(prepared[0], ef);
    const answeredMs = performance.now() - start;
    await CALLS.pass({ ef, secondsMax: 60 });
    return { openMs, answeredMs, residentBytes: residentBytes() - before };
  },

  /** All queries once, and again while less than PASS_SECONDS_MIN have passed; fewer when `secondsMax` is over. */
  async pass({ ef, secondsMax }) {
    await engine.beforePass?.(ef);
    const { length } = prepared;
    const answers = new Uint32Array(length * K).fill(NONE);
    let answered = 0;
    const time = await measured(async () => {
      const start = performance.now();
      for (let elapsed = 0; elapsed < secondsMax && (answered < length || elapsed < PASS_SECONDS_MIN); ) {
        const at = answered++ % length;
        const found = engine.search(prepared[at], ef);
        answers.set(found instanceof Promise ? await found : found, at * K);
        elapsed = (performance.now() - start) / 1_000;
      }
    });
    return { answers: answers.subarray(0, Math.min(answered, length) * K), answered, ...time };
  },

  save: () => engine.save(),
  close: () => engine?.close(),
};

/** Wall and processor time of all threads: a ratio above 1 tells of more than one at work, below 1 of waiting. */
async function measured(work) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpuSeconds: (user + system) / 1e6 };
}

/** After the garbage is gone. */
function residentBytes() {
  globalThis.gc();
  return process.memoryUsage.rss();
}

process.on("message", async ({ call, input }) => {
  try {
    process.send({ output: await CALLS[call](input) });
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) });
  }
});
process.on("disconnect", () => process.exit());
