import { ConfigError } from "../../config.js";
import { defineCommand } from "../command/spec.js";
import { bashScript } from "./bash.js";
import { fishScript } from "./fish.js";
import { completedCommands } from "./model.js";
import { zshScript } from "./zsh.js";

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** `vecstore completion`. */
export const completionCommand = defineCommand({
  name: "completion",
  summary: "Prints a script by which a shell completes commands, flags and their values.",
  operands: "bash|zsh|fish",
  operandsMin: 1,
  operandsMax: 1,
  notes: `
bash: source <(vecstore completion bash), in ~/.bashrc
zsh:  source <(vecstore completion zsh), in ~/.zshrc behind compinit
fish: vecstore completion fish > ~/.config/fish/completions/vecstore.fish`,
  flags: {},
  async run({ operands }) {
    const shell = operands[0]!;
    if (!Object.hasOwn(SCRIPTS, shell))
      throw new ConfigError(`got ${shell}; allowed: ${Object.keys(SCRIPTS).join(", ")}`);
    process.stdout.write(SCRIPTS[shell as keyof typeof SCRIPTS](await completedCommands()));
    return 0;
  },
});
