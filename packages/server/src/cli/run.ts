import { ConfigError, type LoadedConfig, loadConfig } from "../config.js";
import { COMMANDS, type ListedCommand } from "./command/registry.js";
import { runCommandSpec } from "./command/run-command.js";
import { configText } from "./config-command.js";
import { EXIT_FAILED, explain } from "./explain.js";
import { helpText, serveHelpText } from "./help.js";
import { keysCommand } from "./keys-command.js";
import { type Launch, serve } from "./serve.js";
import { VERSION } from "./version.js";

/** The caller made a mistake: the command did nothing. */
const EXIT_USAGE = 2;

/** Runs one command and resolves to its exit status. `serve` resolves when the server has stopped. */
export async function runCommand(args: readonly string[], launch: Launch): Promise<number> {
  const [command, ...rest] = args;
  if (command === "--version" || command === "-v" || command === "version") return print(`vecstore ${VERSION}\n`);
  if (command === undefined) return printError(helpText(), EXIT_USAGE);
  if (command === "help" && rest[0] !== undefined) return runCommand([...rest, "--help"], launch);
  if (command === "--help" || command === "-h" || command === "help") return print(helpText());
  if (command === "serve" || command === "config") return runServer(command, rest, launch);
  if (command === "keys") return guarded(command, () => keysCommand(rest, process.env));
  const listed = COMMANDS.find(({ name }) => name === command);
  if (listed !== undefined) return runListed(listed, rest);
  const known = ["serve", "config", "keys", ...COMMANDS.map(({ name }) => name), "help", "version"].join(" ");
  return printError(`vecstore: unknown command ${command}; commands: ${known}\n`, EXIT_USAGE);
}

async function runServer(command: "serve" | "config", args: readonly string[], launch: Launch): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) return print(serveHelpText(command));
  if (args.includes("--version")) return print(`vecstore ${VERSION}\n`);
  let config: LoadedConfig;
  try {
    config = loadConfig({ args, env: process.env });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return printError(`vecstore ${command}: ${error.message}\n`, EXIT_USAGE);
  }
  return command === "config" ? print(configText(config)) : serve(config.settings, launch);
}

function runListed(listed: ListedCommand, args: readonly string[]): Promise<number> {
  return guarded(listed.name, async () => runCommandSpec(await listed.load(), args, process.env));
}

/** Turns what a command throws into one line and an exit status. */
async function guarded(name: string, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    const isUsage = error instanceof ConfigError;
    return printError(`vecstore ${name}: ${explain(error)}\n`, isUsage ? EXIT_USAGE : EXIT_FAILED);
  }
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function printError(text: string, status: number): number {
  process.stderr.write(text);
  return status;
}
