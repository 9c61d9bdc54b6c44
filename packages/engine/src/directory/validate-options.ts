import { VecstoreError } from "../errors.js";
import { LIMITS } from "../limits.js";
import { describeValue, quoteValue } from "../metadata/describe.js";
import type { DirectoryOptions } from "../model/options.js";
import type { Env } from "../storage/env.js";
import { assertKnown, checkRange, refuse } from "./check-option.js";

/** Names of `DirectoryOptions`; the type says when one is missing. */
const DIRECTORY_OPTIONS = Object.keys({
  env: true,
  fsync: true,
  threads: true,
  checkpointLogBytes: true,
  graphRecordsMin: true,
  segmentRecordsMax: true,
  memoryForVectors: true,
  memoryForNamespaces: true,
  maxOpenFiles: true,
  maxBatchRecords: true,
  maxQueryLimit: true,
  onEvent: true,
} satisfies Record<keyof DirectoryOptions, true>);

/** What an `Env` can do, of which a few would do to tell one from something else. */
const ENV_METHODS = ["now", "startTimer", "openFile", "lockDirectory", "memoryBytes"] as const satisfies (keyof Env)[];

/**
 * Checks how a data directory is to be opened.
 *
 * @param others  names that the options may have beside those of a directory
 * @throws VecstoreError INVALID_CONFIGURATION
 */
export function validateOptions(path: unknown, options: DirectoryOptions, others: readonly string[]): void {
  if (typeof path !== "string") throw wrong(`the path is ${quoteValue(path)}; give that of a directory`);
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw wrong(`the argument \`options\` of open is ${describeValue(options)}; give an object, or leave it out`);
  assertKnown(options, [...DIRECTORY_OPTIONS, ...others], "open");
  const { env, onEvent, fsync } = options;
  if (env !== undefined && !isEnv(env)) refuse("env", env, "objects with the methods of Env, such as new MemoryEnv()");
  if (onEvent !== undefined && typeof onEvent !== "function") refuse("onEvent", onEvent, "functions of one event");
  if (typeof fsync === "object" && fsync !== null) checkRange("fsync.intervalMs", fsync.intervalMs, 1, 60_000);
  else if (fsync !== undefined && fsync !== "always" && fsync !== "never")
    refuse("fsync", fsync, "always, never, {intervalMs}");
  validateNumbers(options);
}

function validateNumbers(options: DirectoryOptions): void {
  const { threads, checkpointLogBytes, graphRecordsMin, segmentRecordsMax, memoryForVectors } = options;
  const { memoryForNamespaces, maxOpenFiles, maxBatchRecords, maxQueryLimit } = options;
  if (threads !== undefined) checkRange("threads", threads, 0, 64);
  if (checkpointLogBytes !== undefined) checkRange("checkpointLogBytes", checkpointLogBytes, 1, LIMITS.logBytesMax / 2);
  if (graphRecordsMin !== undefined) checkRange("graphRecordsMin", graphRecordsMin, 1, 2 ** 31);
  if (segmentRecordsMax !== undefined) checkRange("segmentRecordsMax", segmentRecordsMax, 1, 2 ** 31);
  if (memoryForVectors !== undefined) checkRange("memoryForVectors", memoryForVectors, 0, Number.MAX_SAFE_INTEGER);
  if (memoryForNamespaces !== undefined) {
    checkRange("memoryForNamespaces", memoryForNamespaces, 0, Number.MAX_SAFE_INTEGER);
  }
  if (maxOpenFiles !== undefined) checkRange("maxOpenFiles", maxOpenFiles, LIMITS.openFilesMin, LIMITS.openFilesMax);
  if (maxBatchRecords !== undefined) checkRange("maxBatchRecords", maxBatchRecords, 1, LIMITS.batchRecordsMax);
  if (maxQueryLimit !== undefined) checkRange("maxQueryLimit", maxQueryLimit, 1, LIMITS.queryLimitMax);
}

function isEnv(env: unknown): boolean {
  const methods = (env ?? {}) as Partial<Record<string, unknown>>;
  return ENV_METHODS.every((name) => typeof methods[name] === "function");
}

function wrong(message: string): VecstoreError {
  return new VecstoreError("INVALID_CONFIGURATION", message);
}
