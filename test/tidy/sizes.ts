import ts from "typescript";
import { isTestFile, type SourceFile } from "./tree.js";
import { lineAt, type Violation } from "./violation.js";

/** Lines at most. Files aim for 150 and functions for 30: see docs/STYLE.md. */
export const FILE_LINES_MAX = 400;
export const FUNCTION_LINES_MAX = 70;

/** A file or function that is allowed to be longer, and why. */
export interface SizeException {
  readonly file: string;
  /** Absent: the file itself. */
  readonly functionName?: string;
  readonly reason: string;
}

/** Files and functions past their size, and exceptions that nothing needs any more. Functions of tests are free. */
export function checkSizes(files: readonly SourceFile[], exceptions: readonly SizeException[]): Violation[] {
  const unused = new Set(exceptions);
  const excused = (file: string, functionName?: string): boolean => {
    const exception = exceptions.find((one) => one.file === file && one.functionName === functionName);
    return exception !== undefined && (unused.delete(exception) || true);
  };
  const violations: Violation[] = [];
  for (const file of files) {
    const lines = countLines(file.text);
    if (lines > FILE_LINES_MAX && !excused(file.path)) violations.push(tooLongFile(file.path, lines));
    if (isTestFile(file.path) || !/\.(ts|tsx|mjs|js)$/.test(file.path)) continue;
    for (const found of functionsOf(file)) {
      if (found.lines > FUNCTION_LINES_MAX && !excused(file.path, found.name))
        violations.push(tooLongFunction(file.path, found));
    }
  }
  for (const { file, functionName } of unused) {
    const message = `${functionName ?? "the file"} is an exception that nothing needs`;
    violations.push({ file, line: 1, message, fix: "remove its entry from test/tidy/exceptions.ts" });
  }
  return violations;
}

/** A function with a body. */
export interface FunctionSize {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

/** Every function, method and arrow function with a block body, with the lines from its name to its last brace. */
export function functionsOf(file: SourceFile): FunctionSize[] {
  const tree = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);
  const found: FunctionSize[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
      const line = lineAt(file.text, node.getStart(tree));
      found.push({ name: nameOf(node), line, lines: lineAt(file.text, node.getEnd()) - line + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function nameOf(node: ts.SignatureDeclaration): string {
  if (ts.isConstructorDeclaration(node)) return "constructor";
  const named =
    node.name ?? ((ts.isVariableDeclaration(node.parent) || ts.isPropertyAssignment(node.parent)) && node.parent.name);
  return named ? named.getText() : "(unnamed)";
}

function countLines(text: string): number {
  const lines = text.split("\n").length;
  return text.endsWith("\n") ? lines - 1 : lines;
}

function tooLongFile(file: string, lines: number): Violation {
  const fix = "split it by what it does, or enter it with a reason in test/tidy/exceptions.ts";
  return { file, line: FILE_LINES_MAX + 1, message: `has ${lines} lines; ${FILE_LINES_MAX} are allowed`, fix };
}

function tooLongFunction(file: string, { name, line, lines }: FunctionSize): Violation {
  const fix = "name its parts and call them, or enter it with a reason in test/tidy/exceptions.ts";
  return { file, line, message: `function ${name} has ${lines} lines; ${FUNCTION_LINES_MAX} are allowed`, fix };
}
