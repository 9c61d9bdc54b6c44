import { destination, type Logger, pino } from "pino";
import type { Settings } from "../config.js";

/** The log: JSON, one object a line. */
export type Log = Logger;

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
  const stdout = destination({ dest: 1, sync: false });
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
