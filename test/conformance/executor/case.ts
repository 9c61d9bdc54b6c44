import { readdirSync, readFileSync } from "node:fs";

/** A value as JSON has it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export type ServerName = "open" | "keyed" | "small" | "nowhere";

/** Options of a client, as the cases name them. */
export interface ClientChoice {
  readonly timeout_ms?: number;
  readonly retries?:
    | false
    | { readonly attempts?: number; readonly backoff_ms?: number; readonly backoff_ms_max?: number };
  readonly headers?: Readonly<Record<string, string>>;
  readonly user_agent?: string;
}

/** One thing that a caller does, and what comes of it. */
export interface Step {
  readonly do: string;
  readonly with?: JsonObject;
  readonly expect?: Json;
  readonly error?: Json;
  readonly namespace?: Json;
  readonly key?: Json;
  readonly client?: ClientChoice;
  readonly timeout_ms?: number;
  readonly cancel?: { readonly after_ms?: number; readonly after_items?: number };
  readonly take?: number;
  readonly direct?: boolean;
  readonly attempts?: number;
  readonly sent?: Json;
  readonly save?: string;
  readonly eventually?: boolean;
}

/** A case, as README.md specifies it. */
export interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly server?: ServerName;
  readonly namespace?: JsonObject | false;
  readonly client?: ClientChoice;
  readonly protocols?: readonly string[];
  readonly faults?: Json[];
  readonly needs?: readonly "cancel"[];
}

/** A file of cases. */
export interface CaseFile {
  /** Such as `upsert.json`. */
  readonly file: string;
  readonly content: { readonly cases: readonly Case[] };
}

const FOLDER = new URL("../cases/", import.meta.url);

/** Every case file, by name. */
export function caseFiles(): CaseFile[] {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
  return names.sort().map((file) => ({ file, content: readJson(new URL(file, FOLDER)) as CaseFile["content"] }));
}

/** Reads a JSON file. */
export function readJson(url: URL): unknown {
  return JSON.parse(readFileSync(url, "utf8"));
}
