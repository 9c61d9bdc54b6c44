import { withClient } from "../command/open-client.js";
import { NAMESPACE_FLAG, OUTPUT_FLAG, SERVER_FLAGS } from "../command/server-flags.js";
import { defineCommand } from "../command/spec.js";
import { printResult } from "../output.js";
import { jsonForm } from "./json-form.js";
import { bytesText, countText } from "./quantities.js";

/** `vecstore compact`. */
export const compactCommand = defineCommand({
  name: "compact",
  summary: "Reclaims the room of records that were deleted or replaced, now. Returns when it is done.",
  operands: "",
  operandsMin: 0,
  operandsMax: 0,
  flags: {
    "dry-run": { kind: "switch", doc: "Only say how much there is to reclaim." },
    ...NAMESPACE_FLAG,
    ...SERVER_FLAGS,
    ...OUTPUT_FLAG,
  },
  async run({ flags, env }) {
    const dryRun = flags["dry-run"] ?? false;
    const result = await withClient(flags, env, (client) => client.compact({ dryRun }));
    const { removed, freedBytes, segmentsBefore, segmentsAfter } = result;
    return printResult(flags.output, jsonForm({ ...result, dryRun }), () => {
      const verb = dryRun ? "Would reclaim" : "Reclaimed";
      const segments = `${segmentsBefore} segments to ${segmentsAfter}`;
      return `${verb} ${countText(removed)} slots and ${bytesText(freedBytes)}; ${segments}.\n`;
    });
  },
});
