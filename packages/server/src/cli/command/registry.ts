import type { CommandGroup, CommandSpec } from "./spec.js";

/** A command as lists of commands have it; its code is read when it runs. */
export interface ListedCommand {
  readonly name: string;
  readonly summary: string;
  load(): Promise<CommandSpec | CommandGroup>;
}

/** The commands that are defined by a `CommandSpec`, in the order of the help. */
export const COMMANDS: readonly ListedCommand[] = [
  {
    name: "import",
    summary: "write the records of a file, or of standard input, into a namespace",
    load: async () => (await import("../transfer/import-command.js")).importCommand,
  },
  {
    name: "export",
    summary: "write the records of a namespace into a file, or to standard output",
    load: async () => (await import("../transfer/export-command.js")).exportCommand,
  },
  {
    name: "query",
    summary: "search by a vector, by the id of a record, or by a text",
    load: async () => (await import("../online/query-command.js")).queryCommand,
  },
  {
    name: "stats",
    summary: "the numbers of a namespace",
    load: async () => (await import("../online/stats-command.js")).statsCommand,
  },
  {
    name: "usage",
    summary: "what each namespace uses, in totals since its creation",
    load: async () => (await import("../online/usage-command.js")).usageCommand,
  },
  {
    name: "namespaces",
    summary: "list, make, show, change and delete namespaces",
    load: async () => (await import("../online/namespaces-command.js")).namespacesCommand,
  },
  {
    name: "compact",
    summary: "reclaim the room of what was deleted and replaced",
    load: async () => (await import("../online/compact-command.js")).compactCommand,
  },
  {
    name: "snapshot",
    summary: "make, list, download and delete snapshots",
    load: async () => (await import("../online/snapshot-command.js")).snapshotCommand,
  },
  {
    name: "restore",
    summary: "bring a snapshot back",
    load: async () => (await import("../online/restore-command.js")).restoreCommand,
  },
  {
    name: "bench",
    summary: "send queries to a server, and measure how fast and how good the answers are",
    load: async () => (await import("../bench/bench-command.js")).benchCommand,
  },
  {
    name: "doctor",
    summary: "check a data directory while no server has it open",
    load: async () => (await import("../doctor/doctor-command.js")).doctorCommand,
  },
  {
    name: "completion",
    summary: "print what a shell completes commands and flags by",
    load: async () => (await import("../completion/completion-command.js")).completionCommand,
  },
];
