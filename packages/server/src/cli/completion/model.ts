import { SETTING_NAMES, flagOf as settingFlag, settingOf } from "../../config/settings.js";
import { COMMANDS } from "../command/registry.js";
import { type CommandSpec, type FlagSpec, isGroup } from "../command/spec.js";
import { OTHER_COMMANDS } from "../help.js";
import { KEYS_FLAGS } from "../keys-arguments.js";

/** A flag as a shell sees it. */
export interface CompletedFlag {
  /** With its dashes. */
  readonly name: string;
  readonly doc: string;
  /** What may stand behind it: nothing, one of some words, a path, or anything. */
  readonly value: "none" | "file" | "any" | readonly string[];
}

/** A command, or one action of one, as a shell sees it. */
export interface CompletedCommand {
  /** One word, or two: the command and its action. */
  readonly words: readonly string[];
  readonly summary: string;
  readonly flags: readonly CompletedFlag[];
  /** Whether its operands are paths. */
  readonly takesFiles: boolean;
}

const HELP: CompletedFlag = { name: "--help", doc: "Prints the flags.", value: "none" };

/** Every command and action with its flags. */
export async function completedCommands(): Promise<CompletedCommand[]> {
  const listed = await Promise.all(COMMANDS.map(async ({ load }) => load()));
  const specs = listed.flatMap((command) => (isGroup(command) ? Object.values(command.actions) : [command]));
  return [...serverCommands(), ...keysCommands(), ...specs.map(commandOf), ...plainCommands()];
}

/** The first words, in the order of the help. */
export function commandNames(commands: readonly CompletedCommand[]): readonly string[] {
  return [...new Set(commands.map(({ words }) => words[0]!))];
}

/** The summary of a first word. */
export function summaryOf(name: string, commands: readonly CompletedCommand[]): string {
  const listed = COMMANDS.find((command) => command.name === name);
  return listed?.summary ?? OTHER_COMMANDS.get(name) ?? commands.find(({ words }) => words[0] === name)!.summary;
}

function commandOf({ name, summary, flags, operands }: CommandSpec): CompletedCommand {
  const completed = Object.entries(flags).map(([flag, spec]) => flagOf(flag, spec));
  return { words: name.split(" "), summary, flags: [...completed, HELP], takesFiles: /FILE|DIR/.test(operands) };
}

function flagOf(name: string, spec: FlagSpec): CompletedFlag {
  return { name: `--${name}`, doc: spec.doc, value: valueOfFlag(spec) };
}

function valueOfFlag(spec: FlagSpec): CompletedFlag["value"] {
  if (spec.kind === "switch") return "none";
  if (spec.kind === "text" && spec.choices !== undefined) return spec.choices;
  return isPath(spec.placeholder) ? "file" : "any";
}

const isPath = (placeholder: string) => /FILE|DIR/.test(placeholder);

function serverCommands(): CompletedCommand[] {
  const flags = SETTING_NAMES.map((name): CompletedFlag => {
    const { kind, doc, placeholder = "" } = settingOf(name);
    const value = kind.isSwitch ? "none" : isPath(placeholder) ? "file" : "any";
    return { name: settingFlag(name), doc, value };
  });
  const config: CompletedFlag = { name: "--config", doc: "YAML file with any of the keys.", value: "file" };
  const both = [config, ...flags, HELP];
  return [
    { words: ["serve"], summary: "run the server", flags: both, takesFiles: false },
    { words: ["config"], summary: "print every setting", flags: both, takesFiles: false },
  ];
}

function keysCommands(): CompletedCommand[] {
  return Object.entries(KEYS_FLAGS).map(([action, flags]) => ({
    words: ["keys", action],
    summary: `${action} API keys`,
    flags: [...flags.map((flag): CompletedFlag => ({ name: `--${flag}`, doc: "", value: keysValue(flag) })), HELP],
    takesFiles: false,
  }));
}

function keysValue(flag: string): CompletedFlag["value"] {
  if (flag === "include-revoked") return "none";
  if (flag === "output") return ["table", "json"];
  return flag === "data" || flag.startsWith("tls-") ? "file" : "any";
}

function plainCommands(): CompletedCommand[] {
  return [
    { words: ["help"], summary: "the commands", flags: [], takesFiles: false },
    { words: ["version"], summary: "the version", flags: [], takesFiles: false },
  ];
}
