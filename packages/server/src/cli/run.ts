import { ConfigError, type LoadedConfig, loadConfig } from "../config.js";
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
  if (command === "--help" || command === "-h" || command === "help") return print(helpText());
  if (command === "keys") return runKeys(rest);
  if (command !== "serve" && command !== "config") {
    return printError(`vecstore: unknown command ${command}; commands: serve config keys help version\n`, EXIT_USAGE);
  }
  if (rest.includes("--help") || rest.includes("-h")) return print(serveHelpText(command));
  if (rest.includes("--version")) return print(`vecstore ${VERSION}\n`);
  let config: LoadedConfig;
  try {
    config = loadConfig({ args: rest, env: process.env });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return printError(`vecstore ${command}: ${error.message}\n`, EXIT_USAGE);
  }
  return command === "config" ? print(configText(config)) : serve(config.settings, launch);
}

async function runKeys(args: readonly string[]): Promise<number> {
  try {
    return await keysCommand(args, process.env);
  } catch (error) {
    const isUsage = error instanceof ConfigError;
    return printError(`vecstore keys: ${explain(error)}\n`, isUsage ? EXIT_USAGE : EXIT_FAILED);
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
