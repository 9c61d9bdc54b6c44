import type { VecStoreClient } from "@vecstore/client";
import { ConfigError } from "../../config.js";
import { addressOf, withClient } from "../command/open-client.js";
import { defineCommand, type Env } from "../command/spec.js";
import { explain } from "../explain.js";
import { openForeign } from "../migrate/open-foreign.js";
import { outputFormat, printResult } from "../output.js";
import { BadRowFile } from "./bad-rows.js";
import { IMPORT_FLAGS, type ImportFlags } from "./import-flags.js";
import { ImportReport } from "./import-report.js";
import { readState } from "./import-state.js";
import { importSource } from "./importer.js";
import { type OpenSource, openSource } from "./open-source.js";

/** Some rows were bad; the others are written. */
const EXIT_BAD_ROWS = 3;
/** Ended by Ctrl-C, as shells count it. */
const EXIT_INTERRUPTED = 130;

/** `vecstore import`. */
export const importCommand = defineCommand({
  name: "import",
  summary: "Writes the records of a file, or of standard input, into a namespace.",
  operands: "[FILE|-]",
  operandsMin: 0,
  operandsMax: 1,
  notes: `
A bad row is named and set aside, and the others are written. When the connection breaks off the import waits for the server and
goes on; after a crash, Ctrl-C or a server that stayed away, the same command goes on where it was: no record is lost, and none is
counted twice. Exits with 0, with 3 when there were bad rows, with 1 when it broke off, with 2 for a wrong flag.`,
  flags: IMPORT_FLAGS,
  async run({ flags, operands, env }) {
    outputFormat(flags.output);
    const path = operands[0];
    const opened = await openAny(path, flags, env);
    try {
      return await withClient(flags, env, (client) => runImport(client, path, opened, { flags, env }));
    } finally {
      await opened.close();
    }
  },
});

function openAny(path: string | undefined, flags: ImportFlags, env: Env): OpenSource | Promise<OpenSource> {
  if (flags.from !== undefined) return openForeign(path, flags, env);
  if (path !== undefined) return openSource(path, flags);
  throw new ConfigError(
    "got nothing after import; allowed: vecstore import FILE, or - for standard input, or --from DATABASE",
  );
}

async function runImport(
  client: VecStoreClient,
  path: string | undefined,
  opened: OpenSource,
  { flags, env }: { flags: ImportFlags; env: Env },
): Promise<number> {
  const isFile = path !== undefined && path !== "-";
  const { mode = "upsert", "batch-size": batchSize = 500, patience = 300 } = flags;
  const scope = { ...opened.scope, url: addressOf(flags, env), namespace: flags.namespace ?? "", mode };
  const statePath = flags.state ?? (isFile ? `${path}.import-state` : undefined);
  const badPath = flags["bad-rows"] ?? (isFile ? `${path}.bad-rows.jsonl` : undefined);
  const from = statePath === undefined || flags.restart ? undefined : readState(statePath, scope);
  const badRows = badPath === undefined ? undefined : new BadRowFile(badPath, from?.badBytes ?? 0);
  const badMax = flags["bad-rows-max"] ?? Number.POSITIVE_INFINITY;
  const report = new ImportReport({ source: opened.source, from, statePath, scope, badPath, badRows, badMax });
  const interrupted = new AbortController();
  const stop = () => interrupted.abort();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    report.begin();
    const { signal } = interrupted;
    const { settled: onSettled, interruption: onInterruption } = report;
    const options = { mode, batchSize, patienceMs: patience * 1000, from, signal, onSettled, onInterruption };
    const counts = await importSource(client, opened.source, options);
    report.finish(counts);
    printResult(flags.output, report.json(), () => report.text());
    return counts.bad > 0 ? EXIT_BAD_ROWS : 0;
  } catch (error) {
    const where = report.breakOff(error);
    if (!interrupted.signal.aborted) throw where === "" ? error : new Error(`${explain(error)}\n${where}`);
    process.stderr.write(`vecstore import: interrupted\n${where}`.trimEnd().concat("\n"));
    return EXIT_INTERRUPTED;
  } finally {
    process.removeListener("SIGINT", stop);
    process.removeListener("SIGTERM", stop);
    badRows?.close();
  }
}
