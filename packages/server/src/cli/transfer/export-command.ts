import { extname } from "node:path";
import type { ExportOptions, VecStoreClient } from "@vecstore/client";
import { ConfigError } from "../../config.js";
import { withClient } from "../command/open-client.js";
import { NAMESPACE_FLAG, OUTPUT_FLAG, SERVER_FLAGS } from "../command/server-flags.js";
import { defineCommand, type FlagValues } from "../command/spec.js";
import { bytesText, countText } from "../online/quantities.js";
import { outputFormat, withoutControls } from "../output.js";
import { csvFormat, EXPORT_FORMATS, jsonlFormat, NpyFormat, npyHead, parquetFormat } from "./export-formats.js";
import { interruptionText } from "./interruption-text.js";
import { ProgressBar } from "./progress.js";
import { type ByteSink, fileSink, type RecordFormat, stdoutSink } from "./record-sink.js";

const FLAGS = {
  format: {
    kind: "text",
    placeholder: "FORMAT",
    choices: EXPORT_FORMATS,
    doc: "jsonl, csv, parquet or npy. Default by the end of the file's name; jsonl for standard output.",
  },
  records: {
    kind: "text",
    placeholder: "FILE",
    doc: "npy: lines of JSON with what is beside the vectors, one for each, in their order. Needed: a .npy file has no ids.",
  },
  base64: {
    kind: "switch",
    doc: "jsonl: vectors as vector_f32, base64 of f32: smaller and faster than numbers, and not to be read.",
  },
  prefix: { kind: "text", placeholder: "TEXT", doc: "Only ids that begin with this." },
  filter: { kind: "text", placeholder: "FILTER", doc: 'Only records whose metadata match, such as "year >= 2020".' },
  "no-vectors": { kind: "switch", doc: "Leave out the vectors, dense and sparse." },
  "no-metadata": { kind: "switch", doc: "Leave out the metadata." },
  "no-text": { kind: "switch", doc: "Leave out the texts." },
  patience: {
    kind: "integer",
    placeholder: "SECONDS",
    min: 0,
    max: 86_400,
    doc: "How long to wait for a server that does not answer. Default 300.",
  },
  ...NAMESPACE_FLAG,
  ...SERVER_FLAGS,
  ...OUTPUT_FLAG,
} as const;

type ExportFlags = FlagValues<typeof FLAGS>;
type Format = (typeof EXPORT_FORMATS)[number];

const BY_EXTENSION: Readonly<Record<string, Format>> = {
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".csv": "csv",
  ".parquet": "parquet",
  ".npy": "npy",
};

/** `vecstore export`. */
export const exportCommand = defineCommand({
  name: "export",
  summary:
    "Writes the records of a namespace into a file, or to standard output: by ascending id, as they are when it begins.",
  operands: "[FILE|-]",
  operandsMin: 0,
  operandsMax: 1,
  notes: `
The vectors read back bit for bit: numbers are printed with as many digits as an f32 needs. A file appears under its name once it is
whole. When the connection breaks off the export goes on over another one, and what was written meanwhile is in the rest.`,
  flags: FLAGS,
  async run({ flags, operands, env }) {
    outputFormat(flags.output);
    const path = operands[0] ?? "-";
    const format = formatOf(path, flags);
    return withClient(flags, env, (client) => runExport(client, path, format, flags));
  },
});

function formatOf(path: string, flags: ExportFlags): Format {
  const { format: given, records, base64, "no-vectors": noVectors } = flags;
  const format = given ?? (path === "-" ? "jsonl" : BY_EXTENSION[extname(path).toLowerCase()]);
  if (format === undefined) {
    const known = Object.keys(BY_EXTENSION).join(" ");
    throw new ConfigError(
      `the name of ${path} does not say its format; give --format, or a name that ends in one of ${known}`,
    );
  }
  if (base64 && (format !== "jsonl" || noVectors)) throw new ConfigError("--base64 is how jsonl has vectors");
  if ((format === "npy") !== (records !== undefined)) {
    throw new ConfigError(`--records goes with npy, and npy with it; the format is ${format}`);
  }
  if (format === "npy" && (path === "-" || noVectors)) {
    throw new ConfigError("npy is written into a file, and is nothing without vectors");
  }
  return format;
}

/** A format, and where its bytes go. */
interface Output {
  readonly format: RecordFormat;
  readonly sink: ByteSink;
}

async function runExport(client: VecStoreClient, path: string, format: Format, flags: ExportFlags): Promise<number> {
  const outputs = await openOutputs(path, format, flags);
  const bar = new ProgressBar(process.stderr.isTTY === true && !(path === "-" && process.stdout.isTTY));
  const startMs = performance.now();
  let count = 0;
  try {
    const isWhole = flags.prefix === undefined && flags.filter === undefined;
    const total = isWhole ? await client.count() : undefined;
    for (const { format: each, sink } of outputs) await sink.write(each.begin());
    for await (const record of client.export(optionsOf(flags, bar))) {
      for (const { format: each, sink } of outputs) await sink.write(each.add(record));
      count++;
      bar.draw({ done: count, total, rows: count, rowsOfRun: count, elapsedMs: performance.now() - startMs });
    }
    for (const { format: each, sink } of outputs) {
      await sink.write(each.end());
      await sink.finish();
    }
  } catch (error) {
    bar.clear();
    for (const { sink } of outputs) await sink.abandon();
    // Who reads no further has what it wanted.
    if ((error as NodeJS.ErrnoException).code === "EPIPE") return 0;
    throw error;
  }
  bar.clear();
  report(path, count, outputs, { startMs, output: flags.output });
  return 0;
}

function optionsOf(flags: ExportFlags, bar: ProgressBar): ExportOptions {
  return {
    prefix: flags.prefix,
    filter: flags.filter,
    includeVector: !flags["no-vectors"],
    includeMetadata: !flags["no-metadata"],
    includeText: !flags["no-text"],
    patienceMs: (flags.patience ?? 300) * 1000,
    onInterruption: (interruption) => {
      bar.clear();
      process.stderr.write(`vecstore export: ${withoutControls(interruptionText(interruption))}\n`);
    },
  };
}

async function openOutputs(path: string, format: Format, { records, base64 }: ExportFlags): Promise<readonly Output[]> {
  if (format === "npy") {
    const npy = new NpyFormat();
    const seal = async (file: {
      write(bytes: Uint8Array, offset: number, length: number, at: number): Promise<unknown>;
    }) => {
      const head = npyHead(npy.count, npy.dimension);
      await file.write(head, 0, head.length, 0);
    };
    const lines = jsonlFormat();
    const withoutVector = {
      ...lines,
      add: ({ vector, ...rest }: Parameters<RecordFormat["add"]>[0]) => lines.add(rest),
    };
    return [
      { format: npy, sink: await fileSink(path, seal) },
      { format: withoutVector, sink: await fileSink(records!) },
    ];
  }
  const sink = path === "-" ? stdoutSink() : await fileSink(path);
  if (format === "jsonl") return [{ format: jsonlFormat(base64 ? "base64" : "numbers"), sink }];
  return [{ format: format === "csv" ? csvFormat() : parquetFormat(), sink }];
}

/** Says what came of it: on standard output, unless that has the records. */
function report(
  path: string,
  count: number,
  outputs: readonly Output[],
  { startMs, output }: { startMs: number; output: string | undefined },
): void {
  const seconds = Math.max((performance.now() - startMs) / 1000, 0.001);
  const bytes = outputs.reduce((sum, { sink }) => sum + sink.bytes, 0);
  const rate = Math.round(count / seconds);
  const text = `${countText(count)} records, ${bytesText(bytes)}, ${countText(rate)} records/s.\n`;
  if (path === "-") {
    if (process.stderr.isTTY) process.stderr.write(text);
    return;
  }
  const json = { records: count, bytes, file: path, duration_ms: Math.round(seconds * 1000), records_per_second: rate };
  process.stdout.write(outputFormat(output) === "json" ? `${JSON.stringify(json)}\n` : text);
}
