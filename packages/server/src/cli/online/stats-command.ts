import type { StoreStats } from "@vecstore/client";
import { withClient } from "../command/open-client.js";
import { NAMESPACE_FLAG, OUTPUT_FLAG, SERVER_FLAGS } from "../command/server-flags.js";
import { defineCommand } from "../command/spec.js";
import { factsText, printResult } from "../output.js";
import { jsonForm } from "./json-form.js";
import { bytesText, countText, timeText } from "./quantities.js";

/** `vecstore stats`. */
export const statsCommand = defineCommand({
  name: "stats",
  summary: "Prints the numbers of a namespace: counted, not estimated. JSON has each segment as well.",
  operands: "",
  operandsMin: 0,
  operandsMax: 0,
  flags: { ...NAMESPACE_FLAG, ...SERVER_FLAGS, ...OUTPUT_FLAG },
  async run({ flags, env }) {
    const stats = await withClient(flags, env, (client) => client.stats());
    return printResult(flags.output, jsonForm(stats), () => factsText(factsOf(stats)));
  },
});

function factsOf(stats: StoreStats): (readonly [string, string])[] {
  const { cache } = stats;
  const backlog = stats.indexBacklog === 0 ? "" : `, ${countText(stats.indexBacklog)} records to go`;
  return [
    ["namespace", stats.namespace],
    ["records", countText(stats.vectorCount)],
    ["soft-deleted", countText(stats.softDeletedCount)],
    ["dead slots", countText(stats.deadCount)],
    ["dimension", stats.dimension === undefined ? "-" : String(stats.dimension)],
    ["segments", countText(stats.segments.length)],
    ["index", `${stats.indexState}${backlog}`],
    ["sequence", String(stats.sequence)],
    ["disk", `${bytesText(stats.diskBytes)}, ${bytesText(Math.round(stats.diskBytesPerRecord))} a record`],
    ["snapshots", bytesText(stats.snapshotBytes)],
    ["memory", `${bytesText(stats.memoryBytes)}, ${bytesText(Math.round(stats.memoryBytesPerRecord))} a record`],
    ["log", bytesText(stats.logBytes)],
    ["last checkpoint", timeText(stats.lastCheckpointMs)],
    ...(cache === undefined
      ? []
      : [
          [
            "cache",
            `${countText(cache.hits)} hits, ${countText(cache.misses)} misses, ${bytesText(cache.sizeBytes)}`,
          ] as const,
        ]),
  ];
}
