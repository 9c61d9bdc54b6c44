import { defaultEnv } from "#default-env";
import { type CheckedFiles, checkFiles } from "./directory/check-files.js";
import { VecstoreError } from "./errors.js";
import type { NamespaceInfo } from "./model/namespace.js";
import type { EngineEvent } from "./model/options.js";
import { NamespacedVecStore } from "./namespaced-vecstore.js";
import { type Env, joinPath } from "./storage/env.js";
import { OverlayEnv } from "./storage/overlay-env.js";

/** Something that is not as it should be. */
export interface DirectoryProblem {
  /** `damage`: something is lost or cannot be read. `notice`: nothing is lost, and the next opening puts it right. */
  readonly severity: "damage" | "notice";
  /** Empty when it is of the whole directory. */
  readonly namespace: string;
  /** Empty when it is of no file. */
  readonly file: string;
  /** For people: what is wrong and, where the engine knows it, what to do. */
  readonly message: string;
}

/** A namespace as an opening finds it. */
export interface CheckedNamespace {
  /** Its name. */
  readonly name: string;
  /** Whether it takes reads and writes. */
  readonly status: NamespaceInfo["status"];
  /** Visible records; undefined when it cannot be read. */
  readonly records: number | undefined;
  /** Undefined when they cannot be listed. */
  readonly snapshots: number | undefined;
}

/** What a check of a data directory found. */
export interface DirectoryCheck {
  /** Files that were read, save those of the log. */
  readonly files: number;
  /** Bytes of these files. */
  readonly bytes: number;
  /** Entries that are in the log only. */
  readonly logEntries: number;
  /** By name; empty when the directory cannot be opened. */
  readonly namespaces: readonly CheckedNamespace[];
  /** Damage first. */
  readonly problems: readonly DirectoryProblem[];
}

/** Options of `checkDataDirectory`. */
export interface CheckOptions {
  /** The door to the disk. Default: the file system in Node, memory in a browser. */
  readonly env?: Env;
  /** Told of the bytes that were read, after each file. */
  readonly onProgress?: (bytes: number) => void;
}

/** Everything below stays in its files while it is looked at, and namespaces come one after the other. */
const SMALL = { threads: 0, fsync: "never", memoryForVectors: 0, memoryForNamespaces: 0 } as const;

/**
 * Checks a data directory that no process has open, and changes nothing in it, save for its lock. Every file is read and compared with
 * its checksums; then the directory is opened as a server would, with all that this writes kept in memory, and every namespace is read.
 *
 * @throws VecstoreError DATA_DIR_IN_USE; INVALID_ARGUMENT when there is no data directory; INTERNAL when the disk cannot be read
 * Cost: reads all bytes, those of records twice; memory for the largest namespace, without its vectors, and for the log.
 */
export async function checkDataDirectory(path: string, options: CheckOptions = {}): Promise<DirectoryCheck> {
  const { env = defaultEnv(), onProgress } = options;
  await assertDataDirectory(env, path);
  const events: EngineEvent[] = [];
  const overlay = new OverlayEnv(env);
  const opened = await openOrProblem(path, { ...SMALL, env: overlay, onEvent: (event) => events.push(event) });
  const lock = opened instanceof NamespacedVecStore ? undefined : await env.lockDirectory(path);
  try {
    const files = await checkFiles(env, path, onProgress);
    const namespaces = opened instanceof NamespacedVecStore ? await readNamespaces(opened) : [];
    const unopened = opened instanceof NamespacedVecStore ? [] : [opened];
    return {
      files: files.files,
      bytes: files.bytes,
      logEntries: opened instanceof NamespacedVecStore ? opened.recovery.entries : 0,
      namespaces,
      problems: problemsOf(unopened, events, files),
    };
  } finally {
    if (opened instanceof NamespacedVecStore) await opened.close().catch(() => undefined);
    await lock?.release();
  }
}

async function assertDataDirectory(env: Env, path: string): Promise<void> {
  if (await env.exists(joinPath(path, "VECSTORE"))) return;
  const what = (await env.exists(path)) ? "it has no file VECSTORE" : "it does not exist";
  throw new VecstoreError("INVALID_ARGUMENT", `${path} is no data directory: ${what}`, { directory: path });
}

/** The open directory, or why a server could not open it. */
async function openOrProblem(
  path: string,
  options: Parameters<typeof NamespacedVecStore.open>[1],
): Promise<NamespacedVecStore | DirectoryProblem> {
  try {
    return await NamespacedVecStore.open(path, options);
  } catch (error) {
    if (!(error instanceof VecstoreError) || !["DATA_CORRUPTED", "FORMAT_TOO_NEW"].includes(error.reason)) throw error;
    const { message, details } = error;
    return { severity: "damage", namespace: "", file: details.file ?? "", message: `it cannot be opened: ${message}` };
  }
}

async function readNamespaces(store: NamespacedVecStore): Promise<CheckedNamespace[]> {
  const checked: CheckedNamespace[] = [];
  let pageToken: string | undefined;
  do {
    const page = await store.listNamespaces({ pageToken });
    for (const { name, status } of page.namespaces) checked.push(await readNamespace(store, name, status));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return checked;
}

/** Its damage is told by an event. */
async function readNamespace(
  store: NamespacedVecStore,
  name: string,
  status: NamespaceInfo["status"],
): Promise<CheckedNamespace> {
  const unlessDamaged = async <T>(read: () => Promise<T>) => {
    try {
      return await read();
    } catch (error) {
      if (error instanceof VecstoreError) return undefined;
      throw error;
    }
  };
  const namespace = await unlessDamaged(() => store.namespace(name));
  // A filter has it read whole, where a count of all is known from its summary.
  const records = await unlessDamaged(async () => namespace?.count({ filter: "NOT EXISTS vecstore" }));
  const snapshots = await unlessDamaged(async () => namespace && (await namespace.listSnapshots()).length);
  return { name, status, records, snapshots };
}

/** What was found, the worst first; a file that an opening can do without is no damage. */
function problemsOf(
  unopened: readonly DirectoryProblem[],
  events: readonly EngineEvent[],
  { damaged }: CheckedFiles,
): DirectoryProblem[] {
  const told = [...unopened, ...events.flatMap((event) => problemOf(event, damaged) ?? [])];
  const known = new Set(told.map(({ file }) => file));
  const files = damaged
    .filter(({ path }) => !known.has(path))
    .map(({ path, message }) => ({ severity: "damage", namespace: "", file: path, message }) as const);
  const all = [...told, ...files];
  return [
    ...all.filter(({ severity }) => severity === "damage"),
    ...all.filter(({ severity }) => severity === "notice"),
  ];
}

function problemOf(event: EngineEvent, damaged: CheckedFiles["damaged"]): DirectoryProblem | undefined {
  switch (event.kind) {
    case "namespace_damaged":
      return { severity: "damage", namespace: event.namespace, file: event.file, message: event.cause };
    case "checkpoint_damaged":
      return notice(event, `${event.cause}; the checkpoint before it and the log stand in`);
    case "derived_rebuilt": {
      // The event has the name alone.
      const file = damaged.find(({ path }) => event.cause.includes(path))?.path ?? event.file;
      return notice({ ...event, file }, `${event.cause}; it is made again from the records`);
    }
    case "log_cut": {
      const message = `the log ends in a write that was never whole: ${event.bytes} bytes at ${event.position} will be cut off`;
      return { severity: "notice", namespace: "", file: event.file, message };
    }
    default:
      return undefined;
  }
}

function notice({ namespace, file }: { namespace: string; file: string }, message: string): DirectoryProblem {
  // What the damage of a file asks for in general is not needed here.
  return {
    severity: "notice",
    namespace,
    file,
    message: message.replace(/; restore it from a snapshot or a copy/, ""),
  };
}
