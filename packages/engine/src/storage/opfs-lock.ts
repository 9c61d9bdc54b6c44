import { VecstoreError } from "../errors.js";
import type { DirectoryLock } from "./env.js";

/**
 * Takes a directory for this worker, by two Web Locks of the page's origin: one that only one holder can have, and one whose
 * name says since when, for the message of whoever comes second. The browser lets both go when the worker dies.
 *
 * @param path    normalized
 * @param waitMs  how long to wait for a holder that is on its way out: the worker of a page that was reloaded may live on
 *                for a moment
 * @throws VecstoreError DATA_DIR_IN_USE when it is still held then
 */
export async function lockOpfsDirectory(path: string, waitMs: number): Promise<DirectoryLock> {
  const name = lockName(path);
  const release = (await hold(name, { ifAvailable: true })) ?? (await holdWithin(name, waitMs));
  if (release === undefined) throw directoryInUse(path, await heldSince(path));
  const releaseSince = await hold(`${sincePrefix(path)}${new Date().toISOString()}`, {});
  return {
    release: async () => {
      releaseSince?.();
      release();
    },
  };
}

type Release = () => void;

/** Returns the way to let the lock go, or undefined when somebody has it. */
function hold(name: string, options: LockOptions): Promise<Release | undefined> {
  return new Promise((answer, fail) => {
    const holding = async (lock: Lock | null) => {
      if (lock === null) answer(undefined);
      else await new Promise<void>((release) => answer(release));
    };
    navigator.locks.request(name, options, holding).catch(fail);
  });
}

async function holdWithin(name: string, waitMs: number): Promise<Release | undefined> {
  const signal = AbortSignal.timeout(waitMs);
  try {
    return await hold(name, { signal });
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function heldSince(path: string): Promise<string | undefined> {
  const { held = [] } = await navigator.locks.query();
  const prefix = sincePrefix(path);
  return held.find(({ name }) => name?.startsWith(prefix))?.name?.slice(prefix.length);
}

function lockName(path: string): string {
  return `vecstore:${path}`;
}

/** No directory has a line break in its name, so no lock of another one begins like this. */
function sincePrefix(path: string): string {
  return `${lockName(path)}\nsince `;
}

/** A browser has no process ids. The holder is unknown when it went between the refusal and the look at it. */
function directoryInUse(path: string, startedAt = "unknown"): VecstoreError {
  const message = `directory ${path} is open in another tab or worker of this site since ${startedAt}; close that one first`;
  return new VecstoreError("DATA_DIR_IN_USE", message, { directory: path, pid: "0", startedAt });
}
