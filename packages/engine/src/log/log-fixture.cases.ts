import { expect } from "vitest";
import type { Env } from "../storage/env.js";
import { createRandom } from "../storage/random.js";
import { type AppendedEntry, type Log, type LogCut, type OpenLogOptions, openLog, type ReplayedEntry } from "./log.js";

export interface TestLog {
  readonly log: Log;
  /** What was replayed. */
  readonly entries: readonly ReplayedEntry[];
  /** What `onDurable` was told since. */
  readonly durable: AppendedEntry[];
  readonly cut: LogCut | undefined;
  append(sequence: number, length: number, namespace?: number): Promise<AppendedEntry>;
}

export type TestLogOptions = Partial<OpenLogOptions> & { readonly replayFrom?: number };

export async function openTestLog(env: Env, options: TestLogOptions = {}): Promise<TestLog> {
  const entries: ReplayedEntry[] = [];
  const durable: AppendedEntry[] = [];
  const { log, cut } = await openLog(
    {
      env,
      directory: "log",
      fsync: "always",
      checkpointPosition: 0,
      onDurable: (entry) => durable.push(entry),
      ...options,
    },
    (entry) => {
      entries.push(entry);
    },
    options.replayFrom ?? 0,
  );
  const append = (sequence: number, length: number, namespace = 1) =>
    log.append({ namespace, sequence, payload: payloadOf(sequence, length) });
  return { log, entries, durable, cut, append };
}

/** Bytes that only this entry has. */
export function payloadOf(sequence: number, length: number): Uint8Array {
  const random = createRandom(sequence * 31 + length);
  const payload = new Uint8Array(length);
  for (let i = 0; i < length; i++) payload[i] = random() * 256;
  return payload;
}

/** Fails unless the entries are whole, have the payload they were appended with, and follow each other. */
export function expectWhole(entries: readonly ReplayedEntry[]): void {
  for (const [i, entry] of entries.entries()) {
    expect(Buffer.compare(entry.payload, payloadOf(entry.sequence, entry.payload.length))).toBe(0);
    if (i > 0) expect(entry.position).toBe(entries[i - 1]!.end);
  }
}

export function sequencesOf(entries: readonly { readonly sequence: number }[]): number[] {
  return entries.map((entry) => entry.sequence);
}

/** 1, 2, .. count. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

export const FIRST_FILE = "log/0000000000000000.log";
