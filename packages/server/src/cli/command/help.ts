import { type CommandGroup, type CommandSpec, type FlagSpec, isGroup } from "./spec.js";

const WIDTH = 120;
const INDENT = " ".repeat(8);

/** What `--help` prints of a command. */
export function commandHelp(command: CommandSpec | CommandGroup): string {
  return isGroup(command) ? groupHelp(command) : specHelp(command);
}

function groupHelp({ name, summary, actions }: CommandGroup): string {
  const all = Object.values(actions);
  const usages = all.map((action) => usageOf(action));
  const width = Math.max(...usages.map((usage) => usage.length));
  const lines = all.map((action, at) => `  ${usages[at]!.padEnd(width)}  ${action.summary}`);
  return `Usage: vecstore ${name} ACTION [FLAGS]\n\n${summary}\n\n${lines.join("\n")}\n\n"vecstore ${name} ACTION --help" lists the flags.\n`;
}

function specHelp(command: CommandSpec): string {
  const { summary, notes, flags } = command;
  const lines = Object.entries(flags).map(([name, spec]) => flagHelp(name, spec));
  const parts = [`Usage: ${usageOf(command)} [FLAGS]`, summary, ...(notes === undefined ? [] : [notes.trim()])];
  return `${parts.join("\n\n")}\n\n${[...lines, "  --help, --version"].join("\n")}\n`;
}

function usageOf({ name, operands }: CommandSpec): string {
  return `vecstore ${name}${operands === "" ? "" : ` ${operands}`}`;
}

function flagHelp(name: string, spec: FlagSpec): string {
  const head = spec.kind === "switch" ? `--${name}` : `--${name} ${spec.placeholder}`;
  return `  ${head}\n${wrap(spec.doc)}`;
}

/** Lines of at most WIDTH characters, indented below the flag. */
function wrap(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && INDENT.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => `${INDENT}${each}`).join("\n");
}
