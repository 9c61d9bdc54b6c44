// The tables and plots of a race of engines.
import { ENGINES } from "./engines.mjs";
import { barChart, recallChart } from "./plot.mjs";
import { RECALLS, speedAt } from "./race.mjs";
import { table, whole } from "./report.mjs";

/** Whose speed is divided by that of the others. */
const OURS = "vecstore";
const MEBIBYTE = 2 ** 20;

/** @typedef {import("./entrants.mjs").Entrant & import("./entrants.mjs").Standing} Standing */

/** Build and queries a second at the recalls, by engine. @param {Standing[]} standings */
export function speedTable(standings) {
  const heads = ["engine", "version", "m, efConstruction", "built, vectors/s", "CPU/wall, build"];
  const rows = standings.map((standing) => {
    const { title, version, m, efConstruction, build, curve } = standing;
    const of = [title, version ?? "-", parametersOf(standing, m, efConstruction)];
    if (standing.failure !== undefined) return [...of, "-", "-", ...RECALLS.map(() => "-"), standing.failure];
    const speeds = RECALLS.map((recall) => whole(speedAt(curve, recall)));
    return [...of, whole(build.perSecond), build.cpuPerWall.toFixed(2), ...speeds, cpuRange(curve)];
  });
  return table([...heads, ...RECALLS.map((recall) => `recall ${recall}`), "CPU/wall, queries"], rows);
}

function parametersOf({ name }, m, efConstruction) {
  return ENGINES[name].exact ? "none" : `${m}, ${efConstruction}`;
}

/** Of the whole curve: about 1 where one thread works and nothing waits. */
function cpuRange(curve) {
  const values = curve.map(({ cpuPerWall }) => cpuPerWall);
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(2));
  return least === most ? least : `${least} to ${most}`;
}

/** What of `OURS` is how many times that of each other engine. @param {Standing[]} standings */
export function ratioTable(standings) {
  const ours = standings.find(({ name, failure }) => name === OURS && failure === undefined);
  if (ours === undefined) return "vecstore did not take part.";
  const times = (a, b) => (Number.isFinite(a / b) ? (a / b).toFixed(2) : "-");
  const rows = standings
    .filter(({ name, failure }) => name !== OURS && failure === undefined)
    .map(({ title, build, curve }) => [
      title,
      times(ours.build.perSecond, build.perSecond),
      ...RECALLS.map((recall) => times(speedAt(ours.curve, recall), speedAt(curve, recall))),
    ]);
  return table(["beside", "build", ...RECALLS.map((recall) => `recall ${recall}`)], rows);
}

/** Start, memory and bytes, of the engines that keep something. @param {Standing[]} standings */
export function startTable(standings, { count, dimension }) {
  const rows = standings
    .filter(({ start }) => start !== undefined)
    .map(({ title, start: { openMs, answeredMs, residentBytes, diskBytes } }) => [
      title,
      openMs.toFixed(0),
      answeredMs.toFixed(0),
      whole(residentBytes / MEBIBYTE),
      whole(residentBytes / count),
      whole(diskBytes / count),
    ]);
  const bytes = `of which ${4 * dimension} are the vector's`;
  const heads = ["engine", "opened, ms", "first answer, ms", "resident, MiB", `resident bytes a record, ${bytes}`];
  return table([...heads, "bytes on disk a record"], rows);
}

/** Recall and speed at every ef. @param {Standing[]} standings */
export function curveTable(standings) {
  const shown = standings.filter(({ failure }) => failure === undefined);
  const efs = [...new Set(shown.flatMap(({ curve }) => curve.map(({ ef }) => ef)))];
  const cell = (curve, ef) => {
    const point = curve.find((one) => one.ef === ef);
    return point === undefined ? "" : `${point.recall.toFixed(4)}, ${whole(point.queriesPerSecond)}`;
  };
  const rows = efs.map((ef) => [ef, ...shown.map(({ curve }) => cell(curve, ef))]);
  return table(["ef", ...shown.map(({ title }) => title)], rows);
}

/** @param {Standing[]} standings */
export function howEach(standings) {
  return standings.map(({ name, title, version }) => `- ${title}, ${version ?? "-"}: ${ENGINES[name].how}`).join("\n");
}

/**
 * @param {{standings: Standing[], grid?: {standings: Standing[]}, title: string, subtitle: string, perSecond: string}} of
 * @returns {Record<string, string>} SVG by name
 */
export function plotsOf({ standings, grid, title, subtitle, perSecond }) {
  const speed = `queries ${perSecond}, one thread`;
  const plots = { recall: recallPlot(standings, { title, subtitle, speed }) };
  const built = standings.filter(({ failure }) => failure === undefined);
  plots.build = barChart({
    title: `${title}: vectors built ${perSecond}, one thread`,
    subtitle,
    bars: built.map((one) => barOf(one, one.build.perSecond, whole(one.build.perSecond))),
  });
  const started = standings.filter(({ start }) => start !== undefined);
  if (started.length > 0)
    plots.memory = barChart({
      title: `${title}: resident memory while it answers, MiB`,
      subtitle,
      bars: started.map((one) => barOf(one, one.start.residentBytes, whole(one.start.residentBytes / MEBIBYTE))),
    });
  if (grid !== undefined) {
    const best = `${title}, each at its best of a grid`;
    plots.best = recallPlot(grid.standings, { title: best, subtitle, speed });
  }
  return plots;
}

const barOf = ({ name, title }, value, text) => ({ name: plain(title), value, text, ours: name.startsWith(OURS) });

function recallPlot(standings, texts) {
  const series = standings
    .filter(({ failure, curve }) => failure === undefined && curve.length > 0)
    .map(({ title: name, curve }) => ({ name: plain(name), points: curve }));
  return recallChart({ ...texts, series });
}

/** Without Markdown. */
function plain(title) {
  return title.replaceAll("`", "");
}
