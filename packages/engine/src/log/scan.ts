import { VecstoreError } from "../errors.js";
import type { Env, EnvFile } from "../storage/env.js";
import { corrupted, RESTORE_IT } from "../storage/errors.js";
import { EntryAssembler } from "./assembler.js";
import { LOG_HEADER_BYTES } from "./file-header.js";
import type { Replay } from "./log.js";
import { FrameReader } from "./reader.js";
import { endOf, type SurveyedFile } from "./survey.js";

/** Which frames are read, and who is told of them. */
export interface ScanOptions {
  readonly env: Env;
  /** The log was synced up to here for sure. */
  readonly checkpointPosition: number;
  readonly replay: Replay;
}

/**
 * Reads entries from `from` to the end of the log and changes nothing.
 *
 * @param files  without gaps, the first one holds `from`
 * @returns      where the last whole entry ends, and up to where it was surely synced; what follows is a torn tail
 * @throws       VecstoreError DATA_CORRUPTED when what is bad was once synced
 */
export async function scanLog(files: readonly SurveyedFile[], from: number, options: ScanOptions): Promise<Progress> {
  let position = from;
  let durableUpTo = options.checkpointPosition;
  for (const [i, surveyed] of files.entries()) {
    // A file is synced to its end before the next one is created, so the next one's base is as good as a durableUpTo, for this file.
    const end = files[i + 1]?.base;
    // An overlap: no log of ours was written so.
    if (i > 0 && position !== surveyed.base)
      throw corrupted(surveyed.path, 24, "it begins before the file before it ends");
    const file = await options.env.openFile(surveyed.path);
    try {
      const start = { position, durableUpTo: end ?? durableUpTo };
      const reached = await scanFile(file, surveyed, start, options);
      position = reached.position;
      durableUpTo = Math.max(durableUpTo, reached.durableUpTo);
    } finally {
      await file.close();
    }
  }
  return { position, durableUpTo };
}

/** How far a scan came. */
export interface Progress {
  /** Where the last whole entry ends. */
  readonly position: number;
  /** The largest seen, in a frame, a checkpoint or the base of a file. */
  readonly durableUpTo: number;
}

async function scanFile(
  file: EnvFile,
  surveyed: SurveyedFile,
  start: Progress,
  options: ScanOptions,
): Promise<Progress> {
  const { env } = options;
  const { base, size } = surveyed;
  const reader = new FrameReader({ env, file, size, base, saltCrc: env.crc32(surveyed.salt) });
  const assembler = new EntryAssembler();
  let { position, durableUpTo } = start;
  for (let at = position; ; ) {
    const frame = at === reader.end ? undefined : await reader.frameAt(at);
    const entry = frame === undefined ? "misplaced" : assembler.push(frame, at);
    if (frame === undefined || entry === "misplaced") {
      const isEnd = at === reader.end && assembler.openAt === undefined;
      const bad = { file: surveyed, position: at, isEnd };
      assertTorn(bad, durableUpTo);
      if (!isEnd && (await reader.findSyncedBeyond(at))) throw damaged(bad);
      return { position, durableUpTo };
    }
    durableUpTo = Math.max(durableUpTo, frame.durableUpTo);
    at += frame.bytes;
    if (entry === "open") continue;
    await options.replay(entry);
    position = at;
  }
}

interface BadPlace {
  readonly file: SurveyedFile;
  readonly position: number;
  /** The file ends there, between entries. */
  readonly isEnd: boolean;
}

/** A bad place below what was synced is damage; at or above it is a torn tail. */
function assertTorn(bad: BadPlace, durableUpTo: number): void {
  if (bad.position < durableUpTo) throw damaged(bad);
}

function damaged({ file, position, isEnd }: BadPlace): VecstoreError {
  const what = isEnd ? "the log goes on behind the end of this file" : "a frame that was synced is not whole";
  return corrupted(file.path, position - file.base + LOG_HEADER_BYTES, what);
}

/**
 * The files to read from a position on.
 *
 * @returns  index of the file that holds `position`
 * @throws   VecstoreError DATA_CORRUPTED when the log does not have it
 */
export function findFile(files: readonly SurveyedFile[], position: number, directory: string): number {
  const index = files.findLastIndex((file) => file.base <= position);
  const file = files[index];
  if (file === undefined) {
    const found = files[0] === undefined ? "has no files" : `begins at position ${files[0].base}`;
    const message = `the log in ${directory} ${found}, but ${position} is needed${RESTORE_IT}`;
    throw new VecstoreError("DATA_CORRUPTED", message, { file: directory, offset: "0" });
  }
  if (position > endOf(file)) throw damaged({ file, position: endOf(file), isEnd: true });
  return index;
}
