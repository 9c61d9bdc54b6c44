import { ConfigError } from "../../config.js";
import { withClient } from "../command/open-client.js";
import { NAMESPACE_FLAG, OUTPUT_FLAG, SERVER_FLAGS } from "../command/server-flags.js";
import { defineCommand } from "../command/spec.js";
import { printResult } from "../output.js";
import { jsonForm } from "./json-form.js";
import { countText } from "./quantities.js";

/** `vecstore restore`. */
export const restoreCommand = defineCommand({
  name: "restore",
  summary: "Brings a snapshot back: as a new namespace, or in place, which replaces every record of the namespace.",
  operands: "SNAPSHOT",
  operandsMin: 1,
  operandsMax: 1,
  flags: {
    as: {
      kind: "text",
      placeholder: "NAME",
      doc: "Restore as a new namespace of this name; the old one stays as it is.",
    },
    "in-place": { kind: "switch", doc: "Replace every record of the namespace by those of the snapshot." },
    ...NAMESPACE_FLAG,
    ...SERVER_FLAGS,
    ...OUTPUT_FLAG,
  },
  async run({ flags, operands, env }) {
    const { as: targetNamespace, "in-place": inPlace = false } = flags;
    if ((targetNamespace !== undefined) === inPlace) {
      throw new ConfigError(
        "say where to restore: --as NAME for a new namespace, or --in-place, which replaces all records",
      );
    }
    const result = await withClient(flags, env, (client) => client.restoreSnapshot(operands[0]!, { targetNamespace }));
    return printResult(flags.output, jsonForm(result), () => {
      return `The namespace ${result.namespace} has the ${countText(result.vectorCount)} records of ${operands[0]}.\n`;
    });
  },
});
