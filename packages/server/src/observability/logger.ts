import { destination, type Logger, pino, symbols } from "pino";
import type { Settings } from "../config.js";

/** Lines are written together: a write for each costs as much as the rest of a query's line. A kill loses the last ones. */
const BATCH_CHARACTERS = 8_192;
const BATCH_MS = 100;

/** The log: JSON, one object a line. */
export type Log = Logger;

/** Writes a line that is JSON already and ends with a line feed, whatever the level of the log. */
export function writeLine(log: Log, line: string): void {
  (log as unknown as Record<symbol, LogSink>)[symbols.streamSym]!.write(line);
}

/** Where lines go. */
export interface LogSink {
  write(line: string): void;
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
  const stdout = destination({ dest: 1, sync: false, minLength: BATCH_CHARACTERS, periodicFlush: BATCH_MS });
  // A reader that goes away (`vecstore serve | head`) must not end the server.
  stdout.on("error", () => {});
  return {
    log: pino(options, stdout),
    flush: () => {
      try {
        stdout.flushSync();
      } catch {
        // Not open yet, or gone: there is nothing to flush to.
      }
    },
  };
}
