import type { SnapshotInfo } from "@vecstore/client";
import { withClient } from "../command/open-client.js";
import { NAMESPACE_FLAG, OUTPUT_FLAG, SERVER_FLAGS } from "../command/server-flags.js";
import { type CommandGroup, defineCommand } from "../command/spec.js";
import { printResult, tableText } from "../output.js";
import { downloadTo } from "./download.js";
import { jsonForm } from "./json-form.js";
import { bytesText, countText, timeText } from "./quantities.js";

const FLAGS = { ...NAMESPACE_FLAG, ...SERVER_FLAGS, ...OUTPUT_FLAG };

const create = defineCommand({
  name: "snapshot create",
  summary: "Makes a named copy of the namespace.",
  operands: "NAME",
  operandsMin: 1,
  operandsMax: 1,
  flags: FLAGS,
  async run({ flags, operands, env }) {
    const made = await withClient(flags, env, (client) => client.createSnapshot(operands[0]!));
    return printResult(flags.output, jsonForm(made), () => snapshotsText([made]));
  },
});

const list = defineCommand({
  name: "snapshot list",
  summary: "Lists the snapshots of the namespace.",
  operands: "",
  operandsMin: 0,
  operandsMax: 0,
  flags: FLAGS,
  async run({ flags, env }) {
    const found = await withClient(flags, env, (client) => client.listSnapshots());
    return printResult(flags.output, jsonForm(found), () => snapshotsText(found));
  },
});

const download = defineCommand({
  name: "snapshot download",
  summary: "Fetches a snapshot as a tar file, and checks its bytes.",
  operands: "NAME FILE",
  operandsMin: 2,
  operandsMax: 2,
  notes: `
The file appears under its name once it is whole. A download that broke off stays as FILE.part, and the same command goes on
with it: the archive of a snapshot always has the same bytes.`,
  flags: FLAGS,
  async run({ flags, operands, env }) {
    const [name, path] = operands as readonly [string, string];
    const result = await withClient(flags, env, (client) => downloadTo(client, name, path));
    return printResult(flags.output, jsonForm({ ...result, file: path }), () => {
      return `${path} has the snapshot ${name}: ${bytesText(result.bytes)}, CRC-32 ${result.crc32.toString(16)}.\n`;
    });
  },
});

const remove = defineCommand({
  name: "snapshot delete",
  summary: "Deletes a snapshot; the records of the namespace are untouched.",
  operands: "NAME",
  operandsMin: 1,
  operandsMax: 1,
  flags: FLAGS,
  async run({ flags, operands, env }) {
    const [name] = operands as readonly [string];
    await withClient(flags, env, (client) => client.deleteSnapshot(name));
    return printResult(flags.output, { name, deleted: true }, () => `The snapshot ${name} is deleted.\n`);
  },
});

/** `vecstore snapshot`. */
export const snapshotCommand: CommandGroup = {
  name: "snapshot",
  summary: "Makes, lists, downloads and deletes snapshots; vecstore restore brings one back.",
  actions: { create, list, download, delete: remove },
};

function snapshotsText(snapshots: readonly SnapshotInfo[]): string {
  const rows = snapshots.map((each) => [
    each.name,
    each.namespace,
    countText(each.vectorCount),
    bytesText(each.bytes),
    timeText(each.createdAtMs),
  ]);
  return tableText(["NAME", "NAMESPACE", "RECORDS", "DISK", "CREATED"], rows);
}
