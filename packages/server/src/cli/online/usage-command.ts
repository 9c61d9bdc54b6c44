import type { ExportedUsage, NamespaceUsage } from "@vecstore/client";
import { withClient } from "../command/open-client.js";
import { NAMESPACE_FLAG, OUTPUT_FLAG, SERVER_FLAGS } from "../command/server-flags.js";
import { defineCommand } from "../command/spec.js";
import { printResult, tableText } from "../output.js";
import { jsonForm } from "./json-form.js";
import { bytesText, countText } from "./quantities.js";

/** `vecstore usage`. */
export const usageCommand = defineCommand({
  name: "usage",
  summary: "Prints what each namespace uses, or one of them, beside its quotas.",
  operands: "",
  operandsMin: 0,
  operandsMax: 0,
  notes: `
Totals count from the creation of a namespace and never go down: the difference of two exports is the usage between
them. All namespaces are shown to admins only; --namespace shows one.`,
  flags: { ...NAMESPACE_FLAG, ...SERVER_FLAGS, ...OUTPUT_FLAG },
  async run({ flags, env }) {
    const { namespace } = flags;
    const usages = await withClient(flags, env, async (client): Promise<readonly NamespaceUsage[]> => {
      if (namespace !== undefined) return [await client.getNamespaceUsage(namespace)];
      const all: ExportedUsage[] = [];
      for await (const each of client.exportUsage()) all.push(each);
      return all;
    });
    return printResult(flags.output, jsonForm(usages), () => usageText(usages));
  },
});

function usageText(usages: readonly NamespaceUsage[]): string {
  const head = ["NAMESPACE", "STATUS", "RECORDS", "DISK", "SNAPSHOTS", "QUERIES", "WRITES", "REFUSALS", "IN", "OUT"];
  const rows = usages.map(({ name, status, usage, quotas }) => [
    name,
    status,
    of(countText(usage.vectorCount), quotas.maxVectors, countText),
    of(bytesText(usage.storageBytes), quotas.maxStorageBytes, bytesText),
    bytesText(usage.snapshotBytes),
    countText(usage.queriesTotal),
    countText(usage.writesTotal),
    countText(usage.refusalsTotal),
    bytesText(usage.bytesInTotal),
    bytesText(usage.bytesOutTotal),
  ]);
  return tableText(head, rows);
}

function of(used: string, quota: number | undefined, text: (value: number) => string): string {
  return quota === undefined ? used : `${used} of ${text(quota)}`;
}
