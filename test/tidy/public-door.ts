import { posix } from "node:path";
import ts from "typescript";
import type { SourceFile } from "./tree.js";
import { lineAt, type Violation } from "./violation.js";

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  // Names are followed, types are not checked: neither the library nor other packages are needed.
  noLib: true,
  types: [],
};

/** What else the docstring of a function must say. */
type CallRule = (node: ts.Declaration, name: string) => Violation[];

/**
 * Members of what a package exports that lack a docstring; and its functions, and methods of its classes, that do not say
 * what they throw and what they cost. A member that a class has from an interface is documented there.
 *
 * @param door   path of the file with the package's exports, one of `files`
 * @param files  the sources that its exports lead to
 */
export function checkPublicDoor(door: string, files: readonly SourceFile[]): Violation[] {
  return check(door, files, checkCall);
}

/** Members of what a package exports that lack a docstring, and no more. Parameters as those of `checkPublicDoor`. */
export function checkPublicMembers(door: string, files: readonly SourceFile[]): Violation[] {
  return check(door, files, () => []);
}

function check(door: string, files: readonly SourceFile[], callRule: CallRule): Violation[] {
  const program = programOf(door, files);
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(door)!)!;
  return checker
    .getExportsOfModule(module)
    .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
    .flatMap((symbol) => symbol.declarations ?? [])
    .flatMap((declaration) => checkDeclaration(declaration, checker, callRule));
}

function programOf(door: string, files: readonly SourceFile[]): ts.Program {
  const byPath = new Map(files.map(({ path, text }) => [path, text]));
  const host: ts.CompilerHost = {
    getSourceFile: (path, options) => {
      const text = byPath.get(path);
      return text === undefined ? undefined : ts.createSourceFile(path, text, options, true);
    },
    fileExists: (path) => byPath.has(path),
    readFile: (path) => byPath.get(path),
    directoryExists: (path) => files.some((file) => posix.dirname(file.path).startsWith(path)),
    getDefaultLibFileName: () => "lib.d.ts",
    getCurrentDirectory: () => "",
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    writeFile: () => {},
  };
  return ts.createProgram([door], OPTIONS, host);
}

function checkDeclaration(declaration: ts.Declaration, checker: ts.TypeChecker, callRule: CallRule): Violation[] {
  if (ts.isFunctionDeclaration(declaration)) return callRule(declaration, declaration.name?.text ?? "default");
  if (!ts.isClassDeclaration(declaration) && !ts.isInterfaceDeclaration(declaration)) return [];
  const owner = declaration.name?.text ?? "default";
  const inherited = ts.isClassDeclaration(declaration) ? inheritedNames(declaration, checker) : new Set<string>();
  return declaration.members
    .filter((member) => isPublic(member) && !inherited.has(nameOf(member)))
    .flatMap((member) => {
      const name = `${owner}.${nameOf(member)}`;
      if (docOf(member) === "") return [violation(member, `${name} has no docstring`, "say what it is, with its unit")];
      return ts.isMethodDeclaration(member) ? callRule(member, name) : [];
    });
}

function checkCall(node: ts.Declaration, name: string): Violation[] {
  const doc = docOf(node);
  const missing = [];
  if (!/@throws|[Ee]rrors as/.test(doc))
    missing.push("what it throws: `@throws VecstoreError REASON, ...` or `@throws never`");
  if (!/Cost: /.test(doc)) missing.push("what it costs: `Cost: ...`");
  return missing.map((what) => violation(node, `${name} does not say ${what}`, "add it to the docstring"));
}

/** What the interfaces that a class names have. */
function inheritedNames(declaration: ts.ClassDeclaration, checker: ts.TypeChecker): ReadonlySet<string> {
  const clauses = declaration.heritageClauses ?? [];
  const types = clauses.filter(({ token }) => token === ts.SyntaxKind.ImplementsKeyword).flatMap(({ types }) => types);
  return new Set(
    types.flatMap((type) =>
      checker
        .getTypeAtLocation(type)
        .getProperties()
        .map(({ name }) => name),
    ),
  );
}

function isPublic(member: ts.ClassElement | ts.TypeElement): boolean {
  if (member.name !== undefined && ts.isPrivateIdentifier(member.name)) return false;
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  return (ts.getCombinedModifierFlags(member as ts.Declaration) & hidden) === 0;
}

function nameOf(member: ts.ClassElement | ts.TypeElement): string {
  if (ts.isConstructorDeclaration(member)) return "constructor";
  return member.name?.getText() ?? "[index]";
}

function docOf(node: ts.Node): string {
  return ts
    .getJSDocCommentsAndTags(node)
    .map((comment) => comment.getText())
    .join("\n");
}

function violation(node: ts.Node, message: string, fix: string): Violation {
  const file = node.getSourceFile();
  return { file: file.fileName, line: lineAt(file.text, node.getStart()), message, fix };
}
