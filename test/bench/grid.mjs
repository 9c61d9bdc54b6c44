// The best parameters of an engine, among those of a grid that time allows.
import { raceEntrants } from "./entrants.mjs";
import { speedAt } from "./race.mjs";

/**
 * Builds and measures one point of the grid after the other, from the smallest parameters to the largest. The figures only pick
 * the best, which is measured again beside the others.
 *
 * @param {string} name  of ENGINES
 * @param {Omit<import("./entrants.mjs").Race, "opens">} race
 * @param {{ms: number[], efConstructions: number[], recall: number, minutesMax: number}} grid
 * @returns {Promise<{name: string, tried: object[], left: number, best?: import("./entrants.mjs").Entrant}>}
 */
export async function searchGrid(name, race, { ms, efConstructions, recall, minutesMax }) {
  const points = efConstructions.flatMap((efConstruction) => ms.map((m) => ({ name, m, efConstruction })));
  const start = performance.now();
  const tried = [];
  let longestMs = 0;
  for (const point of points) {
    const before = performance.now();
    // A point that would not end in time is not begun.
    if (before - start + longestMs > minutesMax * 60_000) break;
    const [standing] = await raceEntrants([point], { ...race, rounds: 1, opens: 0 });
    longestMs = Math.max(longestMs, performance.now() - before);
    const speed = standing.curve === undefined ? Number.NaN : speedAt(standing.curve, recall);
    tried.push({ ...point, queriesPerSecond: speed, build: standing.build, failure: standing.failure });
  }
  const reached = tried.filter(({ queriesPerSecond }) => Number.isFinite(queriesPerSecond));
  const best = reached.toSorted((a, b) => b.queriesPerSecond - a.queriesPerSecond)[0];
  const { m, efConstruction } = best ?? {};
  return { name, tried, left: points.length - tried.length, best: best && { name, m, efConstruction } };
}
