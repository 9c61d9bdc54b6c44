import { ConfigError } from "../../config.js";
import { VERSION } from "../version.js";
import { commandHelp } from "./help.js";
import { parseCommand } from "./parse.js";
import { type CommandGroup, type CommandSpec, type Env, isGroup } from "./spec.js";

/**
 * Runs a command with the arguments behind its name; prints its help or the version where that is asked for.
 *
 * @returns the exit status
 * @throws  ConfigError for a mistake of the caller; whatever the command throws
 */
export async function runCommandSpec(
  command: CommandSpec | CommandGroup,
  args: readonly string[],
  env: Env,
): Promise<number> {
  if (isGroup(command)) return runAction(command, args, env);
  const parsed = parseCommand(command, args);
  if (parsed.asked !== "run") return print(parsed.asked === "help" ? commandHelp(command) : `vecstore ${VERSION}\n`);
  const { flags, operands } = parsed;
  return command.run({ flags, operands, env });
}

function runAction(group: CommandGroup, args: readonly string[], env: Env): Promise<number> | number {
  const [word, ...rest] = args;
  if (word === "--help" || word === "-h") return print(commandHelp(group));
  if (word === "--version") return print(`vecstore ${VERSION}\n`);
  const action = word === undefined ? undefined : group.actions[word];
  if (action !== undefined && Object.hasOwn(group.actions, word!)) return runCommandSpec(action, rest, env);
  const allowed = Object.keys(group.actions).join(", ");
  throw new ConfigError(`got ${word ?? "nothing"}; allowed: ${allowed} (vecstore ${group.name} --help)`);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
