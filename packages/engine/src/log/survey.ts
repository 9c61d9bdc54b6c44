import { type Env, joinPath } from "../storage/env.js";
import { corrupted } from "../storage/errors.js";
import { baseOfName, decodeLogHeader, LOG_HEADER_BYTES, type LogFileHeader } from "./file-header.js";

/** A file of the log whose header holds. */
export interface SurveyedFile extends LogFileHeader {
  readonly path: string;
  /** Bytes of the file. */
  readonly size: number;
}

/** What lies in the log's directory, before any frame is read. */
export interface Survey {
  /** Ascending by base; all of one log. */
  readonly files: readonly SurveyedFile[];
  /** A newest file whose creation did not end: it never held a frame. */
  readonly unborn?: string;
}

/** The position after a file's last byte. */
export function endOf(file: SurveyedFile): number {
  return file.base + file.size - LOG_HEADER_BYTES;
}

/**
 * Reads the headers of all files.
 *
 * @throws VecstoreError DATA_CORRUPTED for a bad header, unless it is what a crash during the file's creation leaves
 */
export async function surveyLog(env: Env, directory: string): Promise<Survey> {
  const names = (await env.listDirectory(directory)).filter((name) => baseOfName(name) !== undefined);
  const files: SurveyedFile[] = [];
  for (const name of names) {
    const path = joinPath(directory, name);
    const file = await readHeader(env, path, baseOfName(name)!);
    // No frame is written before the header is synced, so a file without one is no longer than one.
    if (file === undefined && name === names.at(-1) && (await env.fileSize(path)) <= LOG_HEADER_BYTES) {
      return { files, unborn: path };
    }
    if (file === undefined) throw corrupted(path, 0, "the header of a log file is wrong");
    const first = files[0];
    if (first?.logId.some((byte, i) => byte !== file.logId[i])) throw corrupted(path, 8, "it belongs to another log");
    files.push(file);
  }
  return { files };
}

async function readHeader(env: Env, path: string, base: number): Promise<SurveyedFile | undefined> {
  const file = await env.openFile(path);
  try {
    const bytes = new Uint8Array(LOG_HEADER_BYTES);
    const got = await file.read(bytes, 0);
    const header = decodeLogHeader(env, bytes.subarray(0, got));
    if (header === undefined) return undefined;
    if (header.base !== base) throw corrupted(path, 24, `base ${header.base} where the name says ${base}`);
    return { ...header, path, size: await file.size() };
  } finally {
    await file.close();
  }
}
