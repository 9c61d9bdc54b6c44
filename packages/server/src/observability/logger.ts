import { destination, type Logger, pino, symbols } from "pino";
import type { Settings } from "../config.js";
import { LineBatch, type LogSink } from "./line-batch.js";

/** Lines are written together, some 80 of queries. A kill loses the last ones. */
const BATCH_CHARACTERS = 32_768;
const BATCH_MS = 100;

/** The log: JSON, one object a line. */
export type Log = Logger;

/** Writes a line that is JSON already and ends with a line feed, whatever the level of the log. */
export function writeLine(log: Log, line: string): void {
  (log as unknown as Record<symbol, LogSink>)[symbols.streamSym]!.write(line);
}

/** A logger with a way to end it: a bare exit loses lines. */
export interface LogHandle {
  readonly log: Log;
  flush(): void;
}

/** Logs to `sink`, or to standard output. */
export function createLog(level: Settings["logLevel"], sink?: LogSink): LogHandle {
  const options = { level, base: undefined, formatters: { level: (label: string) => ({ level: label }) } };
  if (sink !== undefined) return { log: pino(options, sink), flush: () => {} };
  const stdout = destination({ dest: 1, sync: false });
  // A reader that goes away (`vecstore serve | head`) must not end the server.
  stdout.on("error", () => {});
  const batch = new LineBatch({ sink: stdout, characters: BATCH_CHARACTERS, waitMs: BATCH_MS });
  return {
    log: pino(options, batch),
    flush: () => {
      batch.flush();
      try {
        stdout.flushSync();
      } catch {
        // Not open yet, or gone: there is nothing to flush to.
      }
    },
  };
}
