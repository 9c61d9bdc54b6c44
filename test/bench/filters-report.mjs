// The table and the plot of filters.mjs.
import { barChart } from "./plot.mjs";
import { table, whole } from "./report.mjs";

/** What a cell must reach: times of an unfiltered query at equal recall. */
export const RATIO_MAX = { random: 2, correlated: 2, "anti-correlated": 6 };
export const RECALL_MIN = 0.95;

/** Whether a cell reaches what it must. */
export function reaches({ kind, recall, ratio, short }) {
  return recall >= RECALL_MIN && ratio <= RATIO_MAX[kind] && short === 0;
}

/** Markdown of one size. */
export function filtersSections({ dataset, ef, recall, rows }) {
  const heads = [
    "match",
    "filter",
    "strategy",
    "recall at 10",
    "median, ms",
    "unfiltered at equal recall, ms (ef)",
    "ratio",
    "ratio at the same ef",
    "the same filter again, ms",
    "answers too short",
    "reached",
  ];
  const missed = rows.filter((row) => !reaches(row));
  const verdict =
    missed.length === 0 ? "All cells reach what they must" : `${missed.length} cells miss what they must reach`;
  return [
    `${dataset}, ef ${ef}, at which an unfiltered query has recall ${recall.toFixed(4)}. ${verdict}: recall ${RECALL_MIN}; at most ${RATIO_MAX.random} times an unfiltered query of equal recall, ${RATIO_MAX["anti-correlated"]} times where the filter is anti-correlated; no answer with fewer than 10 results while that many match.`,
    table(heads, rows.map(cellsOf)),
  ];
}

function cellsOf(row) {
  const {
    percent,
    matches,
    kind,
    strategies,
    recall,
    filteredMs,
    unfilteredMs,
    equalEf,
    ratio,
    sameEfRatio,
    againMs,
    short,
  } = row;
  return [
    `${percent} % (${whole(matches)})`,
    kind,
    Object.keys(strategies)
      .map((name) => `${name} ${strategies[name]}`)
      .join(", "),
    recall.toFixed(4),
    filteredMs.toFixed(3),
    `${unfilteredMs.toFixed(3)} (${equalEf})`,
    ratio.toFixed(2),
    sameEfRatio.toFixed(2),
    againMs.toFixed(3),
    short,
    reaches(row) ? "yes" : "no",
  ];
}

/** A row while the bench runs. */
export function rowText(row) {
  const { percent, kind, recall, filteredMs, ratio, strategies } = row;
  return `${percent} % ${kind}: recall ${recall.toFixed(4)}, ${filteredMs.toFixed(3)} ms, ${ratio.toFixed(2)} (same ef ${row.sameEfRatio.toFixed(2)}, again ${row.againMs.toFixed(3)} ms, unfiltered ${row.unfilteredMs.toFixed(3)} ms) ${JSON.stringify(strategies)}`;
}

/** The ratios of one size as bars. */
export function ratioChart({ dataset, ef, rows }) {
  return barChart({
    title: "Time of a filtered query, in times of an unfiltered one with equal recall",
    subtitle: `${dataset}, ef ${ef}, through VecStore.query`,
    bars: rows.map((row) => ({
      name: `${row.percent} %, ${row.kind}`,
      value: row.ratio,
      text: `${row.ratio.toFixed(2)}, recall ${row.recall.toFixed(3)}`,
      ours: reaches(row),
    })),
  });
}
