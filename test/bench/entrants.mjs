// A race of engines, each in its own process, and what is measured beside it: the build, the start, memory.
import { Contestant, createFolder, diskBytes, removeFolder } from "./contestant.mjs";
import { recallOf } from "./dataset.mjs";
import { ENGINES } from "./engines.mjs";
import { K } from "./exact-search.mjs";
import { measureCurves } from "./race.mjs";
import { median } from "./report.mjs";

/** ef while the memory and the start are measured. */
const OPEN_EF = 64;

/**
 * @typedef {object} Entrant
 * @property {string} name  of ENGINES
 * @property {number} m
 * @property {number} efConstruction
 *
 * @typedef {object} Race
 * @property {{data: string, queries: string, size: number}} source
 * @property {{dimension: number, count: number, queries: Float32Array[], truth: Uint32Array}} dataset
 * @property {number} threads     builder threads of vecstore
 * @property {number} rounds
 * @property {number} secondsMax  a pass ends after that, with the queries that it answered
 * @property {"wall" | "cpu"} clock
 * @property {number} opens       starts in a fresh process, the median counts; 0: none
 *
 * @typedef {object} Standing
 * @property {string} title
 * @property {string} version
 * @property {string} [failure]
 * @property {{perSecond: number, cpuPerWall: number}} [build]
 * @property {import("./race.mjs").Point[]} [curve]
 * @property {{openMs: number, answeredMs: number, residentBytes: number, diskBytes: number}} [start]
 */

/**
 * Builds one after the other, races all together, then opens each again.
 *
 * @param {Entrant[]} entrants
 * @param {Race} race
 * @returns {Promise<(Entrant & Standing)[]>}  one that fails says how, and the others go on
 */
export async function raceEntrants(entrants, race) {
  const standings = entrants.map((entrant) => ({ ...entrant, title: ENGINES[entrant.name].title }));
  const running = [];
  try {
    for (const standing of standings) {
      await unlessItFails(standing, async () => {
        const contestant = await enter(standing, race);
        running.push({ standing, contestant });
        await build(standing, contestant, race);
      });
    }
    const racing = running.filter(({ standing }) => standing.failure === undefined);
    const sides = racing.map(({ standing, contestant }) => sideOf(standing, contestant, race));
    const curves = await measureCurves(sides, race);
    for (const [at, { standing }] of racing.entries()) standing.curve = curves[at];
    for (const { standing, contestant } of racing) {
      if (race.opens > 0 && standing.failure === undefined && ENGINES[standing.name].open !== undefined)
        await unlessItFails(standing, () => reopen(standing, contestant, race));
    }
  } finally {
    for (const { contestant } of running) {
      await contestant.kill();
      removeFolder(contestant.folder);
    }
  }
  return standings;
}

async function unlessItFails(standing, work) {
  try {
    await work();
  } catch (error) {
    standing.failure = String(error.message ?? error).split("\n")[0];
    console.error(`${standing.title} failed:`, error);
  }
}

/** Installs the engine and starts its process. */
async function enter(standing, { dataset, threads }) {
  const kind = ENGINES[standing.name];
  kind.install();
  standing.version = kind.version();
  const { m, efConstruction } = standing;
  const { dimension, count } = dataset;
  return Contestant.start(standing.name, { m, efConstruction, threads, dimension, count }, createFolder());
}

async function build(standing, contestant, { source, dataset, clock }) {
  console.log(`building ${standing.title}, m ${standing.m}, efConstruction ${standing.efConstruction}`);
  await contestant.sendQueries(dataset.dimension, dataset.queries);
  const { seconds, cpuSeconds } = await contestant.call("build", { source });
  const perSecond = dataset.count / (clock === "cpu" ? cpuSeconds : seconds);
  standing.build = { perSecond, seconds, cpuSeconds, cpuPerWall: cpuSeconds / seconds };
}

/** A side whose process failed in the race answers nothing from then on, so that the race of the others goes on. */
function sideOf(standing, contestant, { dataset, secondsMax }) {
  return {
    exact: ENGINES[standing.name].exact,
    async pass(ef) {
      let pass = { answers: new Uint32Array(), answered: 0, seconds: Number.NaN, cpuSeconds: Number.NaN };
      if (standing.failure === undefined)
        await unlessItFails(standing, async () => {
          pass = await contestant.call("pass", { ef, secondsMax });
        });
      const { answers, answered, seconds, cpuSeconds } = pass;
      const lists = Array.from({ length: answers.length / K }, (_, at) => answers.subarray(at * K, (at + 1) * K));
      return { recall: recallOf(dataset, lists), answered, seconds, cpuSeconds };
    },
  };
}

/** Closes it, then opens what it left in fresh processes. */
async function reopen(standing, contestant, { dataset, threads, opens }) {
  await contestant.call("save");
  await contestant.stop();
  const { m, efConstruction } = standing;
  const { dimension, count } = dataset;
  const starts = [];
  for (let time = 0; time < opens; time++) {
    const task = { m, efConstruction, threads, dimension, count };
    const fresh = await Contestant.start(standing.name, task, contestant.folder);
    try {
      await fresh.sendQueries(dimension, dataset.queries);
      starts.push(await fresh.call("open", { ef: OPEN_EF }));
    } finally {
      await fresh.stop();
    }
  }
  const medianOf = (figure) => median(starts.map((start) => start[figure]));
  standing.start = {
    openMs: medianOf("openMs"),
    answeredMs: medianOf("answeredMs"),
    residentBytes: medianOf("residentBytes"),
    diskBytes: diskBytes(contestant.folder),
  };
}
