import { createReadStream, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { ConfigError } from "../../config.js";
import { csvSource } from "../formats/csv.js";
import { jsonlSource } from "../formats/jsonl.js";
import { FIELD_NAMES, type FieldNames } from "../formats/record-fields.js";
import type { RecordSource } from "../formats/row.js";
import { openVectorFile } from "../formats/vector-file.js";
import { vectorsSource, vectorsWithLinesSource } from "../formats/vectors-source.js";
import type { IMPORT_FORMATS, ImportFlags } from "./import-flags.js";

type Format = (typeof IMPORT_FORMATS)[number];

/** A source, and what tells it from others. */
export interface OpenSource {
  readonly source: RecordSource;
  /** What an import of it that broke off has to agree in, to go on. */
  readonly scope: Readonly<Record<string, unknown>>;
  close(): void | Promise<void>;
}

/** The formats by the end of a file's name. */
const BY_EXTENSION: Readonly<Record<string, Format>> = {
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".csv": "csv",
  ".tsv": "csv",
  ".parquet": "parquet",
  ".npy": "npy",
  ".fvecs": "fvecs",
};

/** Flags that mean something with `--from` only. */
const FROM_FLAGS = [
  "source",
  "collection",
  "source-namespace",
  "source-tenant",
  "source-database",
  "source-api-key",
  "vector-name",
] as const;

/** Flags that mean something to some formats only. */
const FLAGS_OF: Readonly<Record<string, readonly Format[]>> = {
  delimiter: ["csv"],
  "vector-prefix": ["csv"],
  strings: ["csv"],
  ...Object.fromEntries(FROM_FLAGS.map((flag) => [flag, []])),
  records: ["npy", "fvecs"],
  "id-prefix": ["npy", "fvecs"],
};

/**
 * Opens a file, or standard input for `-`.
 *
 * @throws ConfigError when the flags do not fit, or the file is none of its format; the system's error when it cannot be read
 */
export async function openSource(path: string, flags: ImportFlags): Promise<OpenSource> {
  const format = formatOf(path, flags.format);
  checkFlags(format, flags);
  const names = namesOf(flags);
  const opened = await openAs(format, path, flags, names);
  return { ...opened, scope: { ...fingerprint(path), format, names, ...formatFlags(flags) } };
}

function formatOf(path: string, given: Format | undefined): Format {
  if (given !== undefined) return given;
  if (path === "-") return "jsonl";
  const format = BY_EXTENSION[extname(path).toLowerCase()];
  if (format !== undefined) return format;
  const known = Object.keys(BY_EXTENSION).join(" ");
  throw new ConfigError(
    `the name of ${path} does not say its format; give --format, or a name that ends in one of ${known}`,
  );
}

function checkFlags(format: Format, flags: ImportFlags): void {
  const wrong = Object.entries(FLAGS_OF).find(
    ([flag, formats]) => flags[flag as keyof ImportFlags] !== undefined && !formats.includes(format),
  );
  if (wrong === undefined) return;
  const [flag, formats] = wrong;
  throw new ConfigError(`--${flag} means nothing to ${format}; it is for ${formats.join(" and ") || "--from"}`);
}

function namesOf(flags: ImportFlags): FieldNames {
  const names = {
    id: flags["id-field"] ?? FIELD_NAMES.id,
    vector: flags["vector-field"] ?? FIELD_NAMES.vector,
    text: flags["text-field"] ?? FIELD_NAMES.text,
    metadata: flags["metadata-field"] ?? FIELD_NAMES.metadata,
  };
  const all = Object.values(names);
  const twice = all.find((name, at) => all.indexOf(name) < at);
  if (twice !== undefined) throw new ConfigError(`the field ${twice} has two meanings; each needs one of its own`);
  return names;
}

function formatFlags(flags: ImportFlags): Record<string, unknown> {
  const given = Object.keys(FLAGS_OF).map((flag) => [flag, flags[flag as keyof ImportFlags]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** The same file, as far as its name, size and time tell. */
function fingerprint(path: string): Record<string, unknown> {
  if (path === "-") return { source: "standard input" };
  const { size, mtimeMs } = statSync(path);
  return { source: resolve(path), bytes: size, modifiedMs: Math.floor(mtimeMs) };
}

type Opened = Pick<OpenSource, "source" | "close">;

function openAs(format: Format, path: string, flags: ImportFlags, names: FieldNames): Opened | Promise<Opened> {
  switch (format) {
    case "jsonl":
      return openStream(path, (input, bytes) => jsonlSource(input, names, bytes));
    case "csv":
      return openStream(path, (input, bytes) => csvSource(input, csvOptions(path, flags, names), bytes));
    case "parquet":
      return openParquet(path, names);
    case "npy":
    case "fvecs":
      return openVectors(path, flags, names);
  }
}

function openStream(
  path: string,
  make: (input: NodeJS.ReadStream | ReturnType<typeof createReadStream>, bytes: number | undefined) => RecordSource,
): Opened {
  // Destroyed, or it would keep the process alive after an import that ended early.
  if (path === "-") return { source: make(process.stdin, undefined), close: () => void process.stdin.destroy() };
  const { size } = statSync(path);
  const input = createReadStream(path, { highWaterMark: 256 * 1024 });
  return { source: make(input, size), close: () => void input.destroy() };
}

function csvOptions(path: string, flags: ImportFlags, names: FieldNames) {
  const isTsv = extname(path).toLowerCase() === ".tsv";
  const given = flags.delimiter ?? (isTsv ? "tab" : ",");
  const delimiter = given === "tab" ? "\t" : given;
  if (delimiter.length !== 1 || /["\r\n]/.test(delimiter)) {
    throw new ConfigError(`--delimiter is ${JSON.stringify(given)}; allowed: one character, or tab`);
  }
  return { names, delimiter, vectorPrefix: flags["vector-prefix"], keepsStrings: flags.strings ?? false };
}

async function openParquet(path: string, names: FieldNames): Promise<Opened> {
  if (path === "-")
    throw new ConfigError("Parquet has its directory at its end, so it is read from a file, not from standard input");
  const { parquetSource } = await import("../formats/parquet.js");
  const file = await open(path, "r");
  const { size } = await file.stat();
  return { source: parquetSource(file, size, names), close: () => file.close() };
}

function openVectors(path: string, flags: ImportFlags, names: FieldNames): Opened {
  if (path === "-") throw new ConfigError("vectors are read from a file, not from standard input");
  const { records, "id-prefix": idPrefix } = flags;
  if (records !== undefined && idPrefix !== undefined) {
    throw new ConfigError("--records has the ids, and --id-prefix makes them: give one of them");
  }
  const file = openVectorFile(path);
  if (records === undefined) return { source: vectorsSource(file, idPrefix ?? ""), close: file.close };
  const lines = records === "-" ? process.stdin : createReadStream(records);
  const close = () => {
    lines.destroy();
    file.close();
  };
  return { source: vectorsWithLinesSource(file, lines, names), close };
}
