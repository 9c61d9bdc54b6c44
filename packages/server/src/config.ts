import { readFileSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import { type Address, ConfigError } from "./config/kinds.js";
import { envOf, flagOf, SETTING_NAMES, type SettingName, type Settings, settingOf } from "./config/settings.js";

export { type Address, ConfigError, formatAddress } from "./config/kinds.js";
export type { Settings } from "./config/settings.js";

/** Where a value came from, first in precedence first. */
export type Source = "flag" | "environment" | "file" | "default";

/** Settings with the source of each. */
export interface LoadedConfig {
  readonly settings: Settings;
  /** For example `flag --listen`, `environment VECSTORE_DATA`, `file /etc/vecstore.yaml`, `default`. */
  readonly sources: Readonly<Record<SettingName, string>>;
}

/** Where settings are read from. */
export interface ConfigInputs {
  /** Arguments after the command's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a file as text. Default: the file system. */
  readonly readFile?: (path: string) => string;
}

/** Where a server listens when nothing is said. */
export const ADDRESS_DEFAULT: Address = { host: "127.0.0.1", port: 8080 };

/** The defaults of the table, for tests and for embedding. */
export function defaultSettings(): Settings {
  return Object.fromEntries(SETTING_NAMES.map((name) => [name, settingOf(name).default])) as Settings;
}

/**
 * Reads flags, environment and file; a flag wins over the environment, that over the file, that over the default.
 *
 * @throws ConfigError naming what was got and what is allowed
 */
export function loadConfig(inputs: ConfigInputs): LoadedConfig {
  const flags = readFlags(inputs.args);
  const path = flags.config ?? inputs.env.VECSTORE_CONFIG;
  const file = path ? readConfigFile(path, inputs.readFile ?? ((name) => readFileSync(name, "utf8"))) : undefined;
  const settings: Record<string, unknown> = {};
  const sources = {} as Record<SettingName, string>;
  for (const name of SETTING_NAMES) {
    const found = pick(name, flags.values, inputs.env, file, path);
    settings[name] = found === undefined ? settingOf(name).default : parseFrom(name, found.raw, found.source);
    sources[name] = found?.source ?? "default";
  }
  const loaded = { settings: settings as Settings, sources };
  validateTogether(loaded.settings);
  return loaded;
}

/** Every address to listen on. */
export function addressesOf(settings: Settings): readonly Address[] {
  const given = [...settings.listen, settings.grpc, settings.http].filter((at) => at !== undefined);
  return given.length > 0 ? given : [ADDRESS_DEFAULT];
}

interface Found {
  readonly raw: unknown;
  readonly source: string;
}

function pick(
  name: SettingName,
  flags: ReadonlyMap<SettingName, unknown>,
  env: ConfigInputs["env"],
  file: ReadonlyMap<SettingName, unknown> | undefined,
  path: string | undefined,
): Found | undefined {
  if (flags.has(name)) return { raw: flags.get(name), source: `flag ${flagOf(name)}` };
  const fromEnv = env[envOf(name)];
  // An empty variable is how a container says "not set".
  if (fromEnv !== undefined && fromEnv !== "") return { raw: fromEnv, source: `environment ${envOf(name)}` };
  if (file?.has(name)) return { raw: file.get(name), source: `file ${path}` };
  return undefined;
}

function parseFrom(name: SettingName, raw: unknown, source: string): unknown {
  try {
    return settingOf(name).kind.parse(raw);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(`${settingOf(name).key} (${source}): ${error.message}`);
  }
}

interface Flags {
  readonly config: string | undefined;
  readonly values: ReadonlyMap<SettingName, unknown>;
}

/** Reads `--flag value`, `--flag=value` and switches. */
function readFlags(args: readonly string[]): Flags {
  const byFlag = new Map(SETTING_NAMES.map((name) => [flagOf(name), name]));
  const values = new Map<SettingName, unknown>();
  let config: string | undefined;
  for (let at = 0; at < args.length; at++) {
    const [flag, inline] = splitFlag(args[at] as string);
    const name = byFlag.get(flag);
    if (name === undefined && flag !== "--config") {
      throw new ConfigError(`unknown argument ${args[at]}; flags: ${[...byFlag.keys(), "--config"].join(" ")}`);
    }
    const kind = name === undefined ? undefined : settingOf(name).kind;
    if (kind?.isSwitch && inline === undefined) {
      values.set(name as SettingName, true);
      continue;
    }
    const value = inline ?? args[++at];
    if (value === undefined) throw new ConfigError(`${flag} needs a value: ${kind?.allowed ?? "a YAML file"}`);
    if (name === undefined) config = value;
    else values.set(name, kind?.isList ? [...((values.get(name) as unknown[]) ?? []), value] : value);
  }
  return { config, values };
}

function splitFlag(arg: string): readonly [string, string | undefined] {
  const equals = arg.indexOf("=");
  return arg.startsWith("--") && equals > 0 ? [arg.slice(0, equals), arg.slice(equals + 1)] : [arg, undefined];
}

function readConfigFile(path: string, readFile: (path: string) => string): ReadonlyMap<SettingName, unknown> {
  let root: unknown;
  try {
    root = parseYaml(readFile(path));
  } catch (error) {
    throw new ConfigError(`cannot read the configuration file ${path}: ${(error as Error).message}`);
  }
  if (root === null || root === undefined) return new Map();
  if (typeof root !== "object" || Array.isArray(root)) throw new ConfigError(`${path} must hold a YAML mapping`);
  const byKey = new Map(SETTING_NAMES.map((name) => [settingOf(name).key, name]));
  const values = new Map<SettingName, unknown>();
  for (const [key, value] of flatten(root as Record<string, unknown>, "")) {
    const name = byKey.get(key);
    if (name === undefined) throw new ConfigError(`${path}: unknown key ${key}; keys: ${[...byKey.keys()].join(" ")}`);
    if (value !== null) values.set(name, value);
  }
  return values;
}

function* flatten(node: Record<string, unknown>, prefix: string): Generator<readonly [string, unknown]> {
  for (const [key, value] of Object.entries(node)) {
    const isMapping = typeof value === "object" && value !== null && !Array.isArray(value);
    if (isMapping) yield* flatten(value as Record<string, unknown>, `${prefix}${key}.`);
    else yield [prefix + key, value];
  }
}

/** What no single setting can see. */
function validateTogether(settings: Settings): void {
  if ((settings.tlsCert === undefined) !== (settings.tlsKey === undefined)) {
    throw new ConfigError("tls.cert and tls.key go together: set both, or none");
  }
  if (settings.tlsClientCa !== undefined && settings.tlsCert === undefined) {
    throw new ConfigError("tls.client_ca needs tls.cert and tls.key");
  }
}
