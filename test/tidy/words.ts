import type { SourceFile } from "./tree.js";
import { lineAt, type Violation } from "./violation.js";

/** Text that must not stand in some files. */
export interface WordRule {
  readonly pattern: RegExp;
  readonly applies: (path: string) => boolean;
  readonly message: string;
  readonly fix: string;
}

const isCode = (path: string): boolean => /\.(ts|tsx|mjs|js|py|go|proto|sh|css|html)$/.test(path);
/** The door to the file system asks for the process's environment to know who holds a lock. */
const isEngine = (path: string): boolean =>
  !path.includes("/storage/node-env") && path.startsWith("packages/engine/src/") && !path.endsWith(".test.ts");

/** The house's rules about words; each pattern has the flag `g`. */
export const WORD_RULES: readonly WordRule[] = [
  {
    pattern: /\b(?:TODO|FIXME|XXX)\b/g,
    applies: isCode,
    message: "leaves a note to self",
    fix: "do it, or write an issue and state the limit in the docs",
  },
  {
    pattern: /\b(?:test|it|describe|suite)\.(?:only|skip|todo)\b|\b(?:fit|xit|fdescribe|xdescribe)\(/g,
    applies: (path) => /\.(test|cases)\.ts$/.test(path),
    message: "narrows or skips tests",
    fix: "run them all; where a tool is missing use skipIf with the reason in the name",
  },
  {
    pattern: /\bconsole\.\w+\(|\bprocess\.env\b/g,
    applies: isEngine,
    message: "makes the engine log or read the environment",
    fix: "tell the caller through onEvent, take a setting through an option",
  },
  {
    pattern: /[a-z]+:\/\/(?:[\w.-]*@)?[\w.-]+\.(?:internal|intranet|corp|lan|local)(?![\w.-])/gi,
    applies: () => true,
    message: "names a private host",
    fix: "use localhost, or a name under example.com",
  },
  {
    pattern: /(?<![\w.~-])\/(?:home|Users)\/(?!node\b)[a-z][\w.-]*\/|(?<![\w.~-])\/root\/|\b[A-Z]:\\Users\\/g,
    applies: () => true,
    message: "names a folder of somebody's machine",
    fix: "use a path relative to the repository, or a temporary folder",
  },
  {
    pattern: /"resolved": "(?:https?:\/\/(?!registry\.npmjs\.org\/)|git)/g,
    applies: (path) => path.endsWith("package-lock.json"),
    message: "locks a package to a private address",
    fix: "install with the repository's .npmrc, which leaves addresses out",
  },
];

/** Every place where a rule's pattern stands in a file that the rule applies to. */
export function checkWords(files: readonly SourceFile[], rules: readonly WordRule[]): Violation[] {
  return files.flatMap(({ path, text }) =>
    rules
      .filter(({ applies }) => applies(path))
      .flatMap(({ pattern, message, fix }) =>
        [...text.matchAll(pattern)].map((match) => ({
          file: path,
          line: lineAt(text, match.index),
          message: `${message}: ${match[0].trim()}`,
          fix,
        })),
      ),
  );
}
