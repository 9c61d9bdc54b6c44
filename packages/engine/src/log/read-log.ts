import type { Env } from "../storage/env.js";
import { LOG_HEADER_BYTES } from "./file-header.js";
import type { Replay } from "./log.js";
import { findFile, scanLog } from "./scan.js";
import { endOf, type SurveyedFile, surveyLog } from "./survey.js";

/**
 * Reads the entries of an open log once more, while it may be written to behind them. No file may be deleted meanwhile.
 *
 * @param from   the `end` of an entry, or 0
 * @param until  the `end` of an entry; what lies behind is not looked at
 * @throws VecstoreError DATA_CORRUPTED when the log does not have that stretch whole
 * Cost: reads all of it.
 */
export async function readLog(env: Env, directory: string, from: number, until: number, replay: Replay): Promise<void> {
  if (from >= until) return;
  const { files } = await surveyLog(env, directory);
  const stretch = files.slice(findFile(files, from, directory)).filter(({ base }) => base < until);
  await scanLog(
    stretch.map((file) => cut(file, until)),
    from,
    { env, checkpointPosition: until, replay },
  );
}

function cut(file: SurveyedFile, until: number): SurveyedFile {
  return endOf(file) <= until ? file : { ...file, size: until - file.base + LOG_HEADER_BYTES };
}
