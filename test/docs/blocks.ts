/** A fenced block of a page. */
export interface Block {
  /** Of the opening fence, from 1. */
  readonly line: number;
  /** First word after the fence, in lower case; empty when there is none. */
  readonly language: string;
  readonly code: string;
  /** From a comment `<!-- not run: reason -->` on the line above. */
  readonly notRun?: string;
  /** What the block must print: the next block, when its fence says `output`. An ellipsis stands for anything. */
  readonly output?: string;
  /** Present when the fence says `browser`: the block runs in one, or is a file of its site. */
  readonly browser?: BrowserBlock;
}

/** What follows `browser` in a fence. */
export interface BrowserBlock {
  /** Name of a script of the site, such as `store.js`, which others import; absent for what the page runs. */
  readonly file?: string;
  /** The fence says `reload`: the page is loaded anew before. */
  readonly afterReload: boolean;
}

interface Fence extends Block {
  readonly isOutput: boolean;
}

/** Every fenced block of a markdown page, save the outputs, which belong to the block before them. */
export function blocksOf(markdown: string): Block[] {
  const fences = fencesOf(markdown.split("\n"));
  const blocks: Block[] = [];
  for (const [at, { isOutput, ...block }] of fences.entries()) {
    if (isOutput) continue;
    const next = fences[at + 1];
    blocks.push(next?.isOutput ? { ...block, output: next.code } : block);
  }
  return blocks;
}

function fencesOf(lines: readonly string[]): Fence[] {
  const fences: Fence[] = [];
  for (let at = 0; at < lines.length; at++) {
    const opening = /^( *)(`{3,}|~{3,})\s*(.*)$/.exec(lines[at]!);
    if (opening === null) continue;
    const [, indent = "", marks = "", info = ""] = opening;
    let end = at + 1;
    while (end < lines.length && lines[end]!.trim() !== marks) end++;
    const [language = "", ...words] = info.trim().toLowerCase().split(/\s+/);
    const code = lines.slice(at + 1, end).map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    const notRun = /^\s*<!-- not run: (.+) -->\s*$/.exec(lines[at - 1] ?? "")?.[1];
    fences.push({
      line: at + 1,
      language,
      code: code.join("\n"),
      isOutput: words.includes("output"),
      ...(notRun && { notRun }),
      ...(words.includes("browser") && { browser: browserOf(words) }),
    });
    at = end;
  }
  return fences;
}

function browserOf(words: readonly string[]): BrowserBlock {
  const file = words.find((word) => word.includes("."));
  return { afterReload: words.includes("reload"), ...(file && { file }) };
}

/** Whether `printed` is what a page promises; in `expected` an ellipsis stands for any text. */
export function matchesOutput(printed: string, expected: string): boolean {
  const tidy = (text: string): string => text.trim().replace(/[ \t]+$/gm, "");
  const pattern = tidy(expected)
    .split("…")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("[\\s\\S]*?");
  return new RegExp(`^${pattern}$`).test(tidy(printed));
}
