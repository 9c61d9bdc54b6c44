import { type CompletedCommand, type CompletedFlag, commandNames, summaryOf } from "./model.js";

/** What fish completes `vecstore` by. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  const names = commandNames(commands).map((name) => wordLine("", name, summaryOf(name, commands)));
  const actions = commands
    .filter(({ words }) => words.length > 1)
    .map(({ words, summary }) => wordLine(words[0]!, words[1]!, summary));
  return `# Completion of vecstore for fish: vecstore completion fish > ~/.config/fish/completions/vecstore.fish

# The words so far begin with these.
function __vecstore_in
    set -l words (commandline -opc)
    set -l last (math (count $argv) + 1)
    test (count $words) -ge $last; and test "$words[2..$last]" = "$argv"
end

# They are these, and no more.
function __vecstore_at
    set -l words (commandline -opc)
    test (count $words) -eq (math (count $argv) + 1); and begin
        test (count $argv) -eq 0; or test "$words[2..-1]" = "$argv"
    end
end

complete -c vecstore -f
${[...names, ...actions, ...commands.flatMap(linesOf)].join("\n")}
`;
}

function wordLine(before: string, word: string, summary: string): string {
  return `complete -c vecstore -n ${quote(`__vecstore_at ${before}`.trimEnd())} -a ${word} -d ${quote(summary)}`;
}

function linesOf({ words, flags, takesFiles }: CompletedCommand): string[] {
  const when = `complete -c vecstore -n ${quote(`__vecstore_in ${words.join(" ")}`)}`;
  const lines = flags.map(
    (flag) => `${when} -l ${flag.name.slice(2)}${valueOfFlag(flag)} -d ${quote(firstSentence(flag.doc))}`,
  );
  return [...lines, ...(takesFiles ? [`${when} -F`] : [])];
}

function valueOfFlag({ value }: CompletedFlag): string {
  if (value === "none") return "";
  if (value === "file") return " -r -F";
  return value === "any" ? " -x" : ` -x -a ${quote(value.join(" "))}`;
}

function firstSentence(text: string): string {
  return text.split(/(?<=[.]) /)[0] ?? "";
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
