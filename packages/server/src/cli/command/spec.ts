/** What a flag takes. */
export type FlagSpec =
  | {
      readonly kind: "text";
      /** What stands for the value in the help, such as `FILE`. */
      readonly placeholder: string;
      readonly doc: string;
      /** The only values that are allowed. Absent: any. */
      readonly choices?: readonly string[];
      /** It may be given several times. */
      readonly repeats?: true;
    }
  | {
      readonly kind: "integer" | "number";
      readonly placeholder: string;
      readonly doc: string;
      /** Smallest value, itself allowed. Absent: none. */
      readonly min?: number;
      /** Largest value, itself allowed. Absent: none. */
      readonly max?: number;
    }
  | { readonly kind: "switch"; readonly doc: string };

/** The flags of a command by name, without their dashes. */
export type Flags = Readonly<Record<string, FlagSpec>>;

type ValueOf<S extends FlagSpec> = S extends { kind: "switch" }
  ? boolean
  : S extends { kind: "integer" | "number" }
    ? number
    : S extends { choices: readonly (infer C)[] }
      ? C
      : S extends { repeats: true }
        ? readonly string[]
        : string;

/** What the caller gave; a flag that was not given is absent. */
export type FlagValues<F extends Flags> = { readonly [K in keyof F]?: ValueOf<F[K]> };

/** The environment variables of the process. */
export type Env = Readonly<Record<string, string | undefined>>;

/** One call of a command. */
export interface Invocation<F extends Flags> {
  readonly flags: FlagValues<F>;
  /** What is no flag, in the order given. */
  readonly operands: readonly string[];
  readonly env: Env;
}

/** A command, or one action of a command: what it takes, what its help says, and what it does. */
export interface CommandSpec<F extends Flags = Flags> {
  /** As it is typed after `vecstore`, such as `snapshot create`. */
  readonly name: string;
  /** One sentence, for lists of commands. */
  readonly summary: string;
  /** What comes after the name in the usage line, such as `[FILE]`. Empty: nothing. */
  readonly operands: string;
  /** How many operands there must be. */
  readonly operandsMin: number;
  readonly operandsMax: number;
  readonly flags: F;
  /** Paragraphs of the help behind the summary. */
  readonly notes?: string;
  /**
   * Does it.
   *
   * @returns the exit status
   * @throws ConfigError for a mistake of the caller; anything else is a failure
   */
  run(invocation: Invocation<F>): Promise<number>;
}

/** A command whose first word says what to do. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  /** By the word that chooses them. */
  readonly actions: Readonly<Record<string, CommandSpec>>;
}

/** Gives a command its type, by its flags. */
export function defineCommand<F extends Flags>(spec: CommandSpec<F>): CommandSpec {
  // `run` gets the values of these flags and no others: parse.ts checks them by the same table.
  return spec as unknown as CommandSpec;
}

/** True for a command that has actions. */
export function isGroup(command: CommandSpec | CommandGroup): command is CommandGroup {
  return "actions" in command;
}
