import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { ConfigError } from "../../config.js";

/** How far an import is, for a later run to go on. */
export interface ImportState {
  /** What is imported, from where, and where to; a run that differs in it does not go on. */
  readonly scope: Readonly<Record<string, unknown>>;
  /** Number of the last row of the source that is done. */
  readonly row: number;
  /** The server's token behind that row. */
  readonly resumeToken: string;
  /** Records that the server has answered. */
  readonly answered: number;
  /** Of these, how many were written. */
  readonly imported: number;
  /** Rows that were not written. */
  readonly bad: number;
  /** Length of the file of bad rows. */
  readonly badBytes: number;
}

const VERSION = 1;

/**
 * Reads the state of an import.
 *
 * @returns undefined when there is none
 * @throws  ConfigError when it is of another import, or no state
 */
export function readState(path: string, scope: ImportState["scope"]): ImportState | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const state = parse(text);
  if (state?.version !== VERSION)
    throw new ConfigError(`${path} is no state of an import; name another file by --state`);
  const [ours, theirs] = [JSON.stringify(scope), JSON.stringify(state.scope)];
  if (ours === theirs) return state;
  throw new ConfigError(
    `${path} is the state of another import: of ${theirs}, and this is of ${ours}; --restart begins anew, --state names another file`,
  );
}

function parse(text: string): (ImportState & { readonly version: number }) | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Writes the state so that a reader finds the old one or the new one, whole. */
export function writeState(path: string, state: ImportState): void {
  const next = `${path}.new`;
  writeFileSync(next, `${JSON.stringify({ version: VERSION, ...state })}\n`);
  renameSync(next, path);
}

/** Removes it: the import is done. No error when it is not there. */
export function removeState(path: string): void {
  rmSync(path, { force: true });
}
