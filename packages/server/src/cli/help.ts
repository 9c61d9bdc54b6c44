import { envOf, flagOf, SETTING_NAMES, type SettingName, settingOf } from "../config/settings.js";

/** What `vecstore --help` prints. */
export function helpText(): string {
  return `vecstore, a vector database

Usage: vecstore COMMAND [FLAGS]

Commands:
  serve     run the server until SIGTERM or Ctrl-C
  config    print every setting, its value and where it came from
  keys      make, list, rotate and revoke API keys, of a server or in a data directory
  help      this text
  version   the version

"vecstore serve --help" lists the flags. Each has an environment variable and a key in the file given by --config.
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
