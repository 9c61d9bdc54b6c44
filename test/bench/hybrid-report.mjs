// The tables and the plot of hybrid.mjs.
import { barChart } from "./plot.mjs";
import { table, whole } from "./report.mjs";

const seconds = (ms) => `${(ms / 1_000).toFixed(2)} s`;

/** Markdown of a result. */
export function hybridSections({ parameters, loaded, opened, kinds, long }) {
  const { records, topics, words, dimension } = parameters;
  return [
    `${whole(Number(records))} records of ${topics} topics, texts of ${words} words, ${dimension} dimensions, by labeled.mjs. Relevant to a query is what has its topic.`,
    table(
      ["query", "median, ms", "p99, ms", "nDCG at 10", "recall at 10"],
      kinds.map(({ name, medianMs, p99Ms, ndcg, recall }) => [
        name,
        medianMs.toFixed(3),
        p99Ms.toFixed(3),
        ndcg.toFixed(3),
        recall.toFixed(3),
      ]),
    ),
    table(
      ["loading and opening", "figure"],
      [
        ["written, every write synced", seconds(loaded.writtenMs)],
        ["texts and sparse vectors indexed", seconds(loaded.indexedMs)],
        ["graph complete", seconds(loaded.linkedMs)],
        ["opened again", seconds(opened.openMs)],
        ["first answer by vector, from the start of opening", seconds(opened.vectorMs)],
        ["first answer by text: all texts indexed anew", seconds(opened.textMs)],
        ["first answer by sparse vector", seconds(opened.sparseMs)],
        ["longest stall of the event loop until then", `${opened.stalls.worstOwnMs.toFixed(1)} ms`],
      ],
    ),
    table(
      ["text of 40 KiB", "written and synced after, ms", "found after, ms", "longest stall, ms", "found"],
      long.map(({ name, writtenMs, foundMs, stalls, isFound }) => [
        name,
        writtenMs.toFixed(1),
        foundMs.toFixed(1),
        stalls.worstOwnMs.toFixed(1),
        isFound ? "yes" : "no",
      ]),
    ),
  ];
}

/** Median times as bars. */
export function timeChart({ parameters, kinds }) {
  return barChart({
    title: "Median time of a query, ms",
    subtitle: `${whole(Number(parameters.records))} records, texts of ${parameters.words} words, limit 10`,
    bars: kinds.map(({ name, medianMs, ndcg }) => ({
      name,
      value: medianMs,
      text: `${medianMs.toFixed(3)}, nDCG ${ndcg.toFixed(2)}`,
      ours: name.startsWith("vecstore"),
    })),
  });
}
