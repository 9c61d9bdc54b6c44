import type { NamespaceInfo } from "@vecstore/client";
import { ConfigError } from "../../config.js";
import { withClient } from "../command/open-client.js";
import { OUTPUT_FLAG, SERVER_FLAGS } from "../command/server-flags.js";
import { type CommandGroup, defineCommand } from "../command/spec.js";
import { factsText, printResult, tableText } from "../output.js";
import { jsonForm } from "./json-form.js";
import { createFlagsOf, NEW_NAMESPACE_FLAGS, UPDATE_FLAGS, updateFlagsOf } from "./namespace-flags.js";
import { timeText } from "./quantities.js";

const COMMON = { ...SERVER_FLAGS, ...OUTPUT_FLAG } as const;

const list = defineCommand({
  name: "namespaces list",
  summary: "Lists the namespaces by name.",
  operands: "",
  operandsMin: 0,
  operandsMax: 0,
  flags: { prefix: { kind: "text", placeholder: "TEXT", doc: "Only names that begin with this." }, ...COMMON },
  async run({ flags, env }) {
    const found = await withClient(flags, env, (client) => client.listNamespaces({ prefix: flags.prefix }));
    return printResult(flags.output, jsonForm(found), () => listText(found));
  },
});

const create = defineCommand({
  name: "namespaces create",
  summary: "Makes an empty namespace.",
  operands: "NAME",
  operandsMin: 1,
  operandsMax: 1,
  notes: `
Dimension, metric, m, ef-construction, ef-search, quantization and analyzer are fixed from then on, save for a dimension that is
not given: the first vector fixes it.`,
  flags: { ...NEW_NAMESPACE_FLAGS, ...COMMON },
  async run({ flags, operands, env }) {
    const options = createFlagsOf(flags);
    const made = await withClient(flags, env, (client) => client.createNamespace(operands[0]!, options));
    return printResult(flags.output, jsonForm(made), () => infoText(made));
  },
});

const get = defineCommand({
  name: "namespaces get",
  summary: "Shows the configuration and the quotas of a namespace.",
  operands: "NAME",
  operandsMin: 1,
  operandsMax: 1,
  flags: COMMON,
  async run({ flags, operands, env }) {
    const found = await withClient(flags, env, (client) => client.getNamespace(operands[0]!));
    return printResult(flags.output, jsonForm(found), () => infoText(found));
  },
});

const update = defineCommand({
  name: "namespaces update",
  summary: "Changes status, quotas, description and labels; what is not named stays.",
  operands: "NAME",
  operandsMin: 1,
  operandsMax: 1,
  flags: { ...UPDATE_FLAGS, ...COMMON },
  async run({ flags, operands, env }) {
    const changes = updateFlagsOf(flags);
    if (Object.keys(changes).length === 0)
      throw new ConfigError("nothing to change: give --status, --quota, --label ...");
    const changed = await withClient(flags, env, (client) => client.updateNamespace(operands[0]!, changes));
    return printResult(flags.output, jsonForm(changed), () => infoText(changed));
  },
});

const remove = defineCommand({
  name: "namespaces delete",
  summary: "Deletes a namespace with its records and its snapshots, for good.",
  operands: "NAME",
  operandsMin: 1,
  operandsMax: 1,
  flags: { yes: { kind: "switch", doc: "Needed: what is deleted does not come back." }, ...COMMON },
  async run({ flags, operands, env }) {
    const [name] = operands as readonly [string];
    if (!flags.yes)
      throw new ConfigError(`this deletes all records and snapshots of ${name} for good; say so by --yes`);
    await withClient(flags, env, (client) => client.deleteNamespace(name));
    return printResult(flags.output, { name, deleted: true }, () => `The namespace ${name} is deleted.\n`);
  },
});

/** `vecstore namespaces`. */
export const namespacesCommand: CommandGroup = {
  name: "namespaces",
  summary: "Lists, makes, shows, changes and deletes namespaces.",
  actions: { list, create, get, update, delete: remove },
};

function listText(namespaces: readonly NamespaceInfo[]): string {
  const rows = namespaces.map(({ name, status, config, createdAtMs, description }) => [
    name,
    status,
    config.dimension === undefined ? "-" : String(config.dimension),
    config.metric ?? "-",
    config.quantization ?? "-",
    timeText(createdAtMs),
    description,
  ]);
  return tableText(["NAME", "STATUS", "DIMENSION", "METRIC", "QUANTIZATION", "CREATED", "DESCRIPTION"], rows);
}

function infoText({ name, status, config, quotas, description, labels, cacheAnswers, ...info }: NamespaceInfo): string {
  const pairs = (object: object) =>
    Object.entries(object)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key}=${value}`)
      .join(" ") || "-";
  return factsText([
    ["name", name],
    ["status", status],
    ["configuration", pairs(jsonForm(config) as object)],
    ["quotas", pairs(jsonForm(quotas) as object)],
    ["description", description || "-"],
    ["labels", pairs(labels)],
    ["cache of answers", cacheAnswers ? "on" : "off"],
    ["created", timeText(info.createdAtMs)],
    ["updated", timeText(info.updatedAtMs)],
  ]);
}
