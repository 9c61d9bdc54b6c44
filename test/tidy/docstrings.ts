import ts from "typescript";
import type { SourceFile } from "./tree.js";
import { lineAt, type Violation } from "./violation.js";

/**
 * Exported declarations without a docstring. Re-exports need none: the declaration has it. A run of numeric
 * constants without a blank line needs one comment above its first, of either kind.
 */
export function checkDocstrings(file: SourceFile): Violation[] {
  const tree = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);
  const documented = new Set<string>();
  const missing: { name: string; position: number }[] = [];
  let runEnd = -1;
  for (const statement of tree.statements) {
    if (!isExportedDeclaration(statement)) continue;
    const name = nameOf(statement);
    const leading = file.text.slice(statement.getFullStart(), statement.getStart(tree));
    const continues = runEnd === statement.getFullStart() && !/\n\s*\n/.test(leading);
    const commented = isNumericConstant(statement) && (continues || leading.includes("//"));
    if (ts.getJSDocCommentsAndTags(statement).length > 0 || commented) {
      documented.add(name);
      if (isNumericConstant(statement)) runEnd = statement.getEnd();
    } else missing.push({ name, position: statement.getStart(tree) });
  }
  return missing
    .filter(({ name }) => !documented.has(name)) // a further overload, or the type beside a value of the same name
    .map(({ name, position }) => ({
      file: file.path,
      line: lineAt(file.text, position),
      message: `the export ${name} has no docstring`,
      fix: "say above it in /** */ what it is for, with units and what it throws",
    }));
}

function isExportedDeclaration(statement: ts.Statement): boolean {
  if (ts.isExportDeclaration(statement) || ts.isExportAssignment(statement)) return false;
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
}

function isNumericConstant(statement: ts.Statement): boolean {
  if (!ts.isVariableStatement(statement)) return false;
  return statement.declarationList.declarations.every(
    ({ initializer }) => initializer !== undefined && ts.isNumericLiteral(initializer),
  );
}

function nameOf(statement: ts.Statement): string {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText()).join(", ");
  return (statement as ts.DeclarationStatement).name?.getText() ?? "(unnamed)";
}
