import type { Env } from "../storage/env.js";

export { entryBytes } from "./frame.js";
export { openLog } from "./open-log.js";

/** Whose entry it is, and its number in that namespace. */
export interface LogEntryHeader {
  /** u32; 0 is the catalog. */
  readonly namespace: number;
  /** From 1; only grows within a namespace. Gaps are allowed. */
  readonly sequence: number;
}

/** An entry with its place: `[position, end)` in the whole log. */
export interface AppendedEntry extends LogEntryHeader {
  /** Of its first frame. */
  readonly position: number;
  /** Where the next entry begins. */
  readonly end: number;
}

/** An entry read back; the payload is the receiver's to keep. */
export interface ReplayedEntry extends AppendedEntry {
  readonly payload: Uint8Array;
}

/**
 * The log of one data directory, shared by its namespaces. Positions are bytes in the whole log and only grow.
 *
 * One write and one sync are in flight; all that waits joins the next group. A failed or short write is cut back and the
 * entries of its group are refused (DISK_FULL or the cause): **their sequences are lost**, later appends are tried as usual.
 * A failed sync or cut stops the log: everything pending and later is refused with STORE_STOPPED.
 */
export interface Log {
  /** u8[16], random, the same in all files of the log. */
  readonly id: Uint8Array;
  /** Position of the oldest frame kept. */
  readonly start: number;
  /** Where the next group will be written. */
  readonly end: number;
  /** Everything below was synced. */
  readonly durableUpTo: number;
  /** `end - start`. */
  readonly bytes: number;
  /** Files kept, the one being written included. */
  readonly fileCount: number;
  /**
   * Copies the payload and returns when the entry is as durable as the policy promises, in log order: `onDurable` was
   * called for every entry of the group, in order, before the first of their promises resolves.
   *
   * @throws VecstoreError DISK_FULL, STORE_STOPPED, STORE_CLOSED; INTERNAL for another failure of the disk
   */
  append(entry: LogEntryHeader & { readonly payload: Uint8Array }): Promise<AppendedEntry>;
  /** Returns when all that was appended before is synced, under every policy. A checkpoint calls it before it names a position. */
  sync(): Promise<void>;
  /**
   * Begins a new file behind what was appended before, which is synced then, so that `trim` can take all of it. Nothing when the
   * newest file is empty.
   *
   * @throws VecstoreError DISK_FULL, STORE_STOPPED, STORE_CLOSED; INTERNAL for another failure of the disk
   */
  beginFile(): Promise<void>;
  /** Deletes the files that lie wholly below `position`; never the one being written. */
  trim(position: number): Promise<void>;
  /** Writes and syncs what is pending, then closes; later appends are refused with STORE_CLOSED. */
  close(): Promise<void>;
}

/**
 * When an append is answered: `always` after the sync; an interval after the write, with a sync at most that much later (a
 * power cut loses up to the interval); `never` after the write, and the operating system syncs when it likes.
 * Under each of them a process that dies alone loses nothing that was answered.
 */
export type FsyncPolicy = "always" | "never" | { readonly intervalMs: number };

/** What a log is opened with. */
export interface OpenLogOptions {
  readonly env: Env;
  readonly directory: string;
  readonly fsync: FsyncPolicy;
  /** The log was synced up to here for sure: damage below it is DATA_CORRUPTED. 0 when there is no checkpoint. */
  readonly checkpointPosition: number;
  /** Called for each entry, in log order, synchronously, once it is as durable as the policy promises. Must not throw. */
  onDurable(entry: AppendedEntry): void;
  onSync?(durationMs: number): void;
  /** A new file begins when one passes this, between entries; LOG_FILE_BYTES_MAX when absent. Small in tests only. */
  readonly fileBytesMax?: number;
}

/** Called for each whole entry from `replayFrom` on, in log order; the next waits for it. */
export type Replay = (entry: ReplayedEntry) => void | Promise<void>;

/** An open log, and what opening it cut off. */
export interface OpenedLog {
  readonly log: Log;
  /** Set when a torn tail was cut off: from `position` on, `bytes` of them. */
  readonly cut?: LogCut;
}

/** A torn tail that was cut off. */
export interface LogCut {
  /** Its file, a path within the data directory. */
  readonly file: string;
  /** Bytes of the file that are left. */
  readonly position: number;
  /** Bytes that were cut off. */
  readonly bytes: number;
}
