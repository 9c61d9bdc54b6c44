import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { checkDataDirectory, type DirectoryCheck } from "@vecstore/engine";
import { keyFilePath } from "../../auth/key-disk.js";
import { KeyStore } from "../../auth/key-store.js";
import { ConfigError } from "../../config.js";
import { OUTPUT_FLAG } from "../command/server-flags.js";
import { defineCommand } from "../command/spec.js";
import { EXIT_FAILED } from "../explain.js";
import { jsonForm } from "../online/json-form.js";
import { bytesText, countText } from "../online/quantities.js";
import { outputFormat, printResult, tableText, withoutControls } from "../output.js";
import { remedyOf } from "./remedy.js";

/** Below this a checkpoint may not fit any more. */
const FREE_BYTES_MIN = 256 * 1024 * 1024;

/** A problem with what to do about it. */
interface Finding {
  readonly severity: "damage" | "notice";
  readonly namespace: string;
  readonly file: string;
  readonly message: string;
  readonly remedy: string;
}

/** `vecstore doctor`. */
export const doctorCommand = defineCommand({
  name: "doctor",
  summary:
    "Checks a data directory while no server has it open: every byte by its checksum, and whether a server could open it.",
  operands: "[DIR]",
  operandsMin: 0,
  operandsMax: 1,
  notes: `
It changes nothing in the directory, save for the lock that it holds meanwhile. Damage is what is lost or cannot be read; a notice is
what the next start puts right by itself. Exits with 0, with 1 when there is damage or it could not look, with 2 for a wrong flag.`,
  flags: {
    data: { kind: "text", placeholder: "DIR", doc: "The data directory, if not given as DIR. [VECSTORE_DATA]" },
    ...OUTPUT_FLAG,
  },
  async run({ flags, operands, env }) {
    outputFormat(flags.output);
    const directory = directoryOf(operands[0], flags.data, env.VECSTORE_DATA || undefined);
    const check = await checkWithProgress(directory, process.stderr);
    const findings = [...check.problems.map(findingOf), ...keyFindings(directory), ...(await roomFindings(directory))];
    const isDamaged = findings.some(({ severity }) => severity === "damage");
    printResult(flags.output, jsonForm({ directory, isDamaged, ...check, problems: findings }), () =>
      reportText(directory, check, findings),
    );
    return isDamaged ? EXIT_FAILED : 0;
  },
});

function directoryOf(operand: string | undefined, flag: string | undefined, variable: string | undefined): string {
  if (operand !== undefined && flag !== undefined)
    throw new ConfigError("DIR and --data both name a directory: give one");
  const directory = operand ?? flag ?? variable;
  if (directory === undefined) throw new ConfigError("the data directory is missing: vecstore doctor DIR");
  return directory;
}

/** Tells on a terminal how much was read. */
async function checkWithProgress(directory: string, stream: NodeJS.WriteStream): Promise<DirectoryCheck> {
  if (!stream.isTTY) return checkDataDirectory(directory);
  const draw = (text: string) => void stream.write(`\r${text.padEnd(20)}`);
  try {
    return await checkDataDirectory(directory, { onProgress: (bytes) => draw(`${bytesText(bytes)} read`) });
  } finally {
    draw("");
    stream.write("\r");
  }
}

function findingOf(problem: DirectoryCheck["problems"][number]): Finding {
  return { ...problem, remedy: remedyOf(problem) };
}

/** The file of keys is the server's, and not the engine's. */
function keyFindings(directory: string): Finding[] {
  const remedy = "the other keys work; make those that are lost anew (vecstore keys create)";
  const file = keyFilePath(directory);
  try {
    const problems = new KeyStore({ directory }).load();
    return problems.map((message) => ({ severity: "damage", namespace: "", file, message, remedy }));
  } catch (error) {
    return [{ severity: "damage", namespace: "", file, message: (error as Error).message, remedy }];
  }
}

async function roomFindings(directory: string): Promise<Finding[]> {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  if (free >= FREE_BYTES_MIN) return [];
  const message = `${bytesText(free)} are free on its file system`;
  return [
    {
      severity: "notice",
      namespace: "",
      file: join(directory),
      message,
      remedy: "make room: without it writes are refused",
    },
  ];
}

function reportText(directory: string, check: DirectoryCheck, findings: readonly Finding[]): string {
  const rows = check.namespaces.map(({ name, status, records, snapshots }) => [
    name,
    status,
    records === undefined ? "unreadable" : countText(records),
    snapshots === undefined ? "-" : countText(snapshots),
  ]);
  const damages = findings.filter(({ severity }) => severity === "damage").length;
  const read = `${countText(check.files)} files, ${bytesText(check.bytes)}; ${countText(check.logEntries)} entries in the log only`;
  const verdict = damages === 0 ? "No damage." : damages === 1 ? "1 damage." : `${damages} damages.`;
  return [
    `${directory}: ${read}\n\n`,
    rows.length === 0 ? "" : `${tableText(["NAMESPACE", "STATUS", "RECORDS", "SNAPSHOTS"], rows)}\n`,
    ...findings.map(({ severity, message, remedy }) => `${severity}: ${withoutControls(message)}\n  ${remedy}\n\n`),
    `${verdict}\n`,
  ].join("");
}
