import ts from "typescript";
import type { SourceFile } from "./tree.js";
import { lineAt } from "./violation.js";

/** One import, re-export or dynamic import with a literal name. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Gone after compilation. */
  readonly typeOnly: boolean;
  /** `import("x")` as an expression. */
  readonly dynamic: boolean;
}

/** Lists what a TypeScript or JavaScript file imports, in order of appearance. */
export function importsOf(file: SourceFile): Import[] {
  const tree = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);
  const found: Import[] = [];
  const add = (name: ts.Expression | undefined, typeOnly: boolean, dynamic: boolean): void => {
    if (name === undefined || !ts.isStringLiteralLike(name)) return;
    found.push({ specifier: name.text, line: lineAt(file.text, name.getStart(tree)), typeOnly, dynamic });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnlyImport(node), false);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly, false);
    else if (ts.isImportTypeNode(node)) {
      if (ts.isLiteralTypeNode(node.argument)) add(node.argument.literal as ts.Expression, true, false);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false, true);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function isTypeOnlyImport(node: ts.ImportDeclaration): boolean {
  const clause = node.importClause;
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const bindings = clause.namedBindings;
  if (clause.name !== undefined || bindings === undefined || !ts.isNamedImports(bindings)) return false;
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
}
