import { type CompletedCommand, type CompletedFlag, commandNames, summaryOf } from "./model.js";

/** What zsh completes `vecstore` by. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  const groups = commands.filter(({ words }) => words.length > 1);
  const actions = commandNames(groups).map((name) => {
    const of = groups.filter(({ words }) => words[0] === name);
    return `    ${name}) names=(${of.map(({ words, summary }) => quote(`${words[1]}:${plain(summary)}`)).join(" ")}) ;;`;
  });
  const names = commandNames(commands).map((name) => `      ${quote(`${name}:${plain(summaryOf(name, commands))}`)}`);
  return `#compdef vecstore
# Completion of vecstore for zsh: source <(vecstore completion zsh), behind compinit
_vecstore() {
  local -a names
  local command=$words[2]
  if ((CURRENT == 2)); then
    names=(
${names.join("\n")}
    )
    _describe command names
    return
  fi
  shift words
  ((CURRENT--))
  case $command in
${actions.join("\n")}
  esac
  if (($#names)); then
    if ((CURRENT == 2)); then
      _describe action names
      return
    fi
    command+=" $words[2]"
    shift words
    ((CURRENT--))
  fi
  case $command in
${commands.map(argumentsOf).join("\n")}
  esac
}
if [[ $funcstack[1] == _vecstore ]]; then _vecstore "$@"; else compdef _vecstore vecstore; fi
`;
}

function argumentsOf({ words, flags, takesFiles }: CompletedCommand): string {
  const lines = flags.map((flag) => quote(`*${flag.name}[${plain(flag.doc)}]${valueOfFlag(flag)}`));
  const all = [...lines, ...(takesFiles ? [quote("*:file:_files")] : [])];
  return `    ${quote(words.join(" "))}) ${all.length === 0 ? ":" : `_arguments ${all.join(" ")}`} ;;`;
}

function valueOfFlag({ value }: CompletedFlag): string {
  if (value === "none") return "";
  if (value === "file") return ":file:_files";
  return value === "any" ? ":value: " : `:value:(${value.join(" ")})`;
}

/** The first sentence, without what has a meaning in the specifications of zsh. */
function plain(text: string): string {
  return (text.split(/(?<=[.:]) /)[0] ?? "").replaceAll(/[[\]:\\]/g, "");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
