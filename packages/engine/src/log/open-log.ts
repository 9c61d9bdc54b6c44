import type { Env, EnvFile } from "../storage/env.js";
import { LOG_HEADER_BYTES } from "./file-header.js";
import { createTail, LogFiles, type LogFilesOptions, SyncFailure, type TailFile } from "./files.js";
import type { LogCut, OpenedLog, OpenLogOptions, Replay } from "./log.js";
import { findFile, type Progress, scanLog } from "./scan.js";
import { endOf, type SurveyedFile, surveyLog } from "./survey.js";
import { LogWriter } from "./writer.js";

/**
 * Opens the log, replays its entries from `replayFrom` on and cuts off a torn tail. A directory without a log gets one.
 *
 * @param replayFrom  0, or the `end` of an entry
 * @throws VecstoreError DATA_CORRUPTED, with file and offset, when synced data is damaged or missing; nothing is changed then
 */
export async function openLog(options: OpenLogOptions, replay: Replay, replayFrom: number): Promise<OpenedLog> {
  const { env, directory, checkpointPosition } = options;
  await env.makeDirectory(directory);
  const { files, unborn } = await surveyLog(env, directory);
  if (files.length === 0 && checkpointPosition === 0 && replayFrom === 0) return createLog(options, unborn);

  const first = findFile(files, replayFrom, directory);
  const scanned = await scanLog(files.slice(first), replayFrom, { env, checkpointPosition, replay });
  const end = scanned.position;
  const last = files.at(-1)!;
  const { kept, orphans } = contiguous(files, first);
  for (const path of [...orphans.map((file) => file.path), ...(unborn === undefined ? [] : [unborn])])
    await env.remove(path);
  const tail = await openTail(env, last, scanned);
  try {
    // The names too: a process may have died between the creation of a file and the sync of its name.
    await env.syncDirectory(directory);
  } catch (error) {
    await tail.file.close().catch(() => {});
    throw error;
  }
  const cut = endOf(last) > end ? { file: last.path, position: end, bytes: endOf(last) - end } : undefined;
  return opened(options, { id: last.logId, older: kept, tail }, end, cut);
}

async function createLog(options: OpenLogOptions, unborn: string | undefined): Promise<OpenedLog> {
  const { env, directory } = options;
  if (unborn !== undefined) await env.remove(unborn);
  const id = env.randomBytes(16);
  try {
    const tail = await createTail(env, directory, id, 0);
    return opened(options, { id, older: [], tail }, 0, undefined);
  } catch (error) {
    throw error instanceof SyncFailure ? error.cause : error;
  }
}

type FoundFiles = Pick<LogFilesOptions, "id" | "older" | "tail">;

function opened(options: OpenLogOptions, found: FoundFiles, end: number, cut: LogCut | undefined): OpenedLog {
  const { env, directory, fsync, fileBytesMax } = options;
  const files = new LogFiles({ env, directory, fileBytesMax, ...found });
  const log = new LogWriter({
    env,
    files,
    end,
    fsync,
    onDurable: (entry) => options.onDurable(entry),
    onSync: (durationMs) => options.onSync?.(durationMs),
  });
  return cut === undefined ? { log } : { log, cut };
}

/**
 * Opens the last file for writing behind its last whole entry, all of it synced.
 *
 * What was replayed may not have been: its writer may have died before the sync, or stopped because the sync failed, and
 * after that the system takes the pages for clean. So what is not surely synced is written once more.
 */
async function openTail(env: Env, last: SurveyedFile, { position: end, durableUpTo }: Progress): Promise<TailFile> {
  const file = await env.openFile(last.path);
  const offsetOf = (position: number) => position - last.base + LOG_HEADER_BYTES;
  try {
    if (endOf(last) > end) await file.truncate(offsetOf(end));
    await rewrite(file, offsetOf(Math.max(durableUpTo, last.base)), offsetOf(end));
    await file.sync();
  } catch (error) {
    await file.close().catch(() => {});
    throw error;
  }
  return { path: last.path, base: last.base, file, saltCrc: env.crc32(last.salt) };
}

const REWRITE_BYTES = 1024 * 1024;

async function rewrite(file: EnvFile, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += REWRITE_BYTES) {
    const bytes = new Uint8Array(Math.min(REWRITE_BYTES, to - at));
    await file.read(bytes, at);
    await file.write(bytes, at);
  }
}

/**
 * Splits what lies before the last file. A power cut during a trim may keep an older file and lose a newer one: what lies
 * before such a gap is of no use.
 *
 * @param first  the oldest file that was read; those from there on have no gaps
 */
function contiguous(files: readonly SurveyedFile[], first: number): { kept: SurveyedFile[]; orphans: SurveyedFile[] } {
  let from = first;
  while (from > 0 && endOf(files[from - 1]!) === files[from]!.base) from--;
  return { kept: files.slice(from, -1), orphans: files.slice(0, from) };
}
