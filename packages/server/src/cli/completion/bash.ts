import { type CompletedCommand, commandNames } from "./model.js";

/** What bash completes `vecstore` by. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  const groups = commands.filter(({ words }) => words.length > 1);
  const groupNames = commandNames(groups);
  const actions = groupNames.map((name) => {
    const of = groups.filter(({ words }) => words[0] === name).map(({ words }) => words[1]);
    return `    ${name}) words="${of.join(" ")}" ;;`;
  });
  return `# Completion of vecstore for bash: source <(vecstore completion bash)
_vecstore() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} words="" files=""
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "${commandNames(commands).join(" ")}" -- "$cur"))
    return
  fi
  case $command in
${actions.join("\n")}
  esac
  if [[ $words ]]; then
    if ((COMP_CWORD == 2)); then
      COMPREPLY=($(compgen -W "$words" -- "$cur"))
      return
    fi
    command+=" \${COMP_WORDS[2]}"
  fi
  case "$command $prev" in
${commands.flatMap(valuesOf).join("\n")}
  esac
  case $command in
${commands.map(flagsOf).join("\n")}
    *) return ;;
  esac
  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "$words" -- "$cur"))
  elif [[ $files ]]; then COMPREPLY=($(compgen -f -- "$cur"))
  fi
}
complete -o filenames -F _vecstore vecstore
`;
}

/** What stands behind the flags of a command that take a value. */
function valuesOf({ words, flags }: CompletedCommand): string[] {
  const command = words.join(" ");
  return flags.flatMap(({ name, value }) => {
    if (value === "none") return [];
    const reply =
      value === "any"
        ? ""
        : `COMPREPLY=($(compgen ${value === "file" ? "-f" : `-W "${value.join(" ")}"`} -- "$cur")); `;
    return [`    "${command} ${name}") ${reply}return ;;`];
  });
}

function flagsOf({ words, flags, takesFiles }: CompletedCommand): string {
  const names = flags.map(({ name }) => name).join(" ");
  return `    "${words.join(" ")}") words="${names}"${takesFiles ? " files=1" : ""} ;;`;
}
