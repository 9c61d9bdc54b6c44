import { parseArgs } from "node:util";
import { ConfigError } from "../../config.js";
import type { CommandSpec, FlagSpec, Flags, FlagValues } from "./spec.js";

/** What stands behind the name of a command. */
export type Parsed =
  | { readonly asked: "help" | "version" }
  | { readonly asked: "run"; readonly flags: FlagValues<Flags>; readonly operands: readonly string[] };

/**
 * Reads the arguments of a command by its flags.
 *
 * @throws ConfigError for an unknown flag, a value that is not allowed, or too few or too many operands
 */
export function parseCommand(command: CommandSpec, args: readonly string[]): Parsed {
  const { values, positionals } = parse(command, args);
  if (values.help) return { asked: "help" };
  if (values.version) return { asked: "version" };
  const flags = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, readValue(name, command.flags[name]!, value)]),
  ) as FlagValues<Flags>;
  checkOperands(command, positionals);
  return { asked: "run", flags, operands: positionals };
}

function parse({ name, flags }: CommandSpec, args: readonly string[]) {
  const options: Record<string, { type: "string" | "boolean"; multiple?: boolean; short?: string }> = {
    help: { type: "boolean", short: "h" },
    version: { type: "boolean" },
  };
  for (const [flag, spec] of Object.entries(flags)) {
    options[flag] = {
      type: spec.kind === "switch" ? "boolean" : "string",
      multiple: spec.kind === "text" && spec.repeats === true,
    };
  }
  try {
    return parseArgs({ args: [...joinNegatives(args, flags)], options, allowPositionals: true });
  } catch (error) {
    throw new ConfigError(problemOf(error as NodeJS.ErrnoException, name, flags));
  }
}

/** A value such as -0.5 after a flag that takes a number is no flag, which parseArgs would take it for. */
function joinNegatives(args: readonly string[], flags: Flags): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const last = joined.at(-1) ?? "";
    const spec = last.startsWith("--") ? flags[last.slice(2)] : undefined;
    if (spec !== undefined && spec.kind !== "switch" && /^-[\d.]/.test(arg))
      joined[joined.length - 1] = `${last}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

/** Node says which flag it does not know, and not which ones there are. */
function problemOf({ code, message }: NodeJS.ErrnoException, name: string, flags: Flags): string {
  if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION") return message;
  const got = /'([^']+)'/.exec(message)?.[1] ?? message;
  const known = [...Object.keys(flags), "help"].map((flag) => `--${flag}`);
  return `unknown argument ${got}; flags of ${name}: ${known.join(" ")}`;
}

function readValue(name: string, spec: FlagSpec, value: unknown): unknown {
  if (spec.kind === "switch") return value;
  if (spec.kind === "text") {
    const { choices } = spec;
    if (choices === undefined || choices.includes(value as string)) return value;
    throw new ConfigError(`--${name} is ${value}; allowed: ${choices.join(", ")}`);
  }
  const { kind, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = spec;
  const text = value as string;
  const number = text.trim() === "" ? Number.NaN : Number(text);
  const isKind = kind === "integer" ? Number.isSafeInteger(number) : Number.isFinite(number);
  if (isKind && number >= min && number <= max) return number;
  throw new ConfigError(`--${name} is ${text}; allowed: ${rangeText(spec)}`);
}

/** What a number may be, such as `an integer, 1..1000`. */
function rangeText({ kind, min, max }: Extract<FlagSpec, { kind: "integer" | "number" }>): string {
  const what = kind === "integer" ? "an integer" : "a number";
  if (min === undefined && max === undefined) return what;
  if (max === undefined) return `${what}, ${min} or more`;
  return min === undefined ? `${what}, at most ${max}` : `${what}, ${min}..${max}`;
}

function checkOperands({ name, operands, operandsMin, operandsMax }: CommandSpec, given: readonly string[]): void {
  if (given.length >= operandsMin && given.length <= operandsMax) return;
  const usage = `vecstore ${name}${operands === "" ? "" : ` ${operands}`}`;
  const got = given.length === 0 ? "nothing" : given.map((each) => JSON.stringify(each)).join(" ");
  throw new ConfigError(`got ${got} after ${name}; allowed: ${usage} (vecstore ${name} --help)`);
}
