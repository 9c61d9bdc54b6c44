import { posix } from "node:path";
import type { SourceFile } from "./tree.js";
import { lineAt, type Violation } from "./violation.js";

/**
 * Relative links and anchors of markdown pages that lead nowhere.
 *
 * @param pages   every markdown page, so that anchors into another page are checked too
 * @param exists  whether a path, relative to the repository, is a file or a folder
 */
export function checkLinks(pages: readonly SourceFile[], exists: (path: string) => boolean): Violation[] {
  const anchors = new Map(pages.map(({ path, text }) => [path, anchorsOf(text)]));
  return pages.flatMap((page) => {
    const prose = blankCode(page.text);
    return [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^\[[^\]]+\]:\s*(\S+)/gm)].flatMap((match) => {
      const link = match[1] ?? match[2]!;
      const problem = problemOf(link, page.path, anchors, exists);
      if (problem === undefined) return [];
      return [
        {
          file: page.path,
          line: lineAt(page.text, match.index),
          message: `the link ${link} ${problem}`,
          fix: "correct the link, or write what it leads to",
        },
      ];
    });
  });
}

function problemOf(
  link: string,
  from: string,
  anchors: ReadonlyMap<string, ReadonlySet<string>>,
  exists: (path: string) => boolean,
): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(link)) return undefined;
  if (link.startsWith("/")) return "is absolute";
  const [target = "", anchor] = link.split("#", 2);
  const path =
    target === "" ? from : posix.normalize(posix.join(posix.dirname(from), decodeURI(target))).replace(/\/$/, "");
  if (path.startsWith("..")) return "leaves the repository";
  if (!exists(path)) return "leads to no file";
  if (anchor === undefined) return undefined;
  return anchors.get(path)?.has(anchor) ? undefined : "leads to no heading of that page";
}

/** The anchors that a page's headings get: lower case, punctuation gone, spaces as dashes, repeats numbered. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of blankCode(text, { keepInline: true }).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const base = heading!
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-");
    let anchor = base;
    for (let repeat = 1; anchors.has(anchor); repeat++) anchor = `${base}-${repeat}`;
    anchors.add(anchor);
  }
  for (const [, id] of text.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id!);
  return anchors;
}

/** The text with fenced blocks, and inline code unless kept, as spaces; positions stay the same. */
function blankCode(text: string, options: { keepInline: boolean } = { keepInline: false }): string {
  const blank = (match: string): string => match.replace(/[^\n]/g, " ");
  const prose = text.replace(/^( *)(```+|~~~+)[^\n]*\n[\s\S]*?^\1\2[ \t]*$/gm, blank);
  return options.keepInline ? prose : prose.replace(/`[^`\n]*`/g, blank);
}
