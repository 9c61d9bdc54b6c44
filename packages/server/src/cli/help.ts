import { envOf, flagOf, SETTING_NAMES, type SettingName, settingOf } from "../config/settings.js";
import { COMMANDS } from "./command/registry.js";

/** What commands do that are made otherwise than by a `CommandSpec`, by name. */
export const OTHER_COMMANDS: ReadonlyMap<string, string> = new Map([
  ["serve", "run the server until SIGTERM or Ctrl-C"],
  ["config", "print every setting, its value and where it came from"],
  ["keys", "make, list, rotate and revoke API keys, of a server or in a data directory"],
]);

/** What `vecstore --help` prints. */
export function helpText(): string {
  const listed = COMMANDS.map(({ name, summary }) => [name, summary] as const);
  const all = [...OTHER_COMMANDS, ...listed, ["help", "this text"], ["version", "the version"]] as const;
  const width = Math.max(...all.map(([name]) => name.length));
  return `vecstore, a vector database

Usage: vecstore COMMAND [FLAGS]

Commands:
${all.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`).join("\n")}

"vecstore COMMAND --help" lists the flags. Those of serve have an environment variable each, and a key in the file given by
--config. Commands that talk to a server take its address from --url or VECSTORE_URL, and a key from VECSTORE_API_KEY.
`;
}
/** What `vecstore serve --help` and `vecstore config --help` print. */
export function serveHelpText(command: string): string {
  const lines = SETTING_NAMES.map(lineOf);
  const config = "  --config FILE\n        YAML file with any of the keys. [VECSTORE_CONFIG]";
  return `Usage: vecstore ${command} [FLAGS]\n\nA flag wins over its environment variable, that over the file.\n\n${[config, ...lines].join("\n")}\n`;
}

function lineOf(name: SettingName): string {
  const { kind, doc, placeholder, default: value } = settingOf(name);
  const head = placeholder === undefined ? flagOf(name) : `${flagOf(name)} ${placeholder}`;
  const printed = kind.format(value);
  const isShown = printed !== "" && !kind.isSwitch;
  return `  ${head}\n        ${doc}${isShown ? ` Default ${printed}.` : ""} [${envOf(name)}]`;
}
