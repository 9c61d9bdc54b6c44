import { posix } from "node:path";
import { type Import, importsOf } from "./imports.js";
import type { SourceFile } from "./tree.js";
import type { Violation } from "./violation.js";

/** Who may import whom inside one package. */
export interface ImportTable {
  /** For example `packages/engine`; its source is below `src/`. */
  readonly folder: string;
  /**
   * Rooms from top to bottom: `query/` is a folder, `vecstore` a file without its ending.
   * A room imports rooms of lower lines and itself, never a neighbor of its own line.
   */
  readonly lines: readonly (readonly string[])[];
  /** Arrows that the lines forbid and that are wanted all the same. */
  readonly exceptions: readonly ImportException[];
  /** Packages from outside, by name or by prefix ending in `/`, and the rooms that may import them. */
  readonly packages: readonly { readonly name: string; readonly rooms: readonly string[] | "all" }[];
  /** Rooms or files that may import `node:` modules; absent when all may. */
  readonly node?: { readonly statically: readonly string[]; readonly dynamically: readonly string[] };
}

/** One allowed arrow against the lines. */
export interface ImportException {
  /** A room, or one file without its ending, for example `storage/env`. */
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
  readonly reason: string;
}

const NO_LINE = "stands in no line of the import table";

/** Every import of the table's package that the table does not allow. Test files are free inside their package. */
export function checkImportTable(table: ImportTable, files: readonly SourceFile[]): Violation[] {
  const source = `${table.folder}/src/`;
  const found = files
    .filter((file) => file.path.startsWith(source) && /\.tsx?$/.test(file.path))
    .flatMap((file) => importsOf(file).flatMap((one) => checkImport(table, file.path, one)));
  // A file that the table lacks is told once, not for each of its imports and importers.
  const told = new Set<string>();
  return found.filter(({ message }) => !message.includes(NO_LINE) || (!told.has(message) && told.add(message)));
}

function checkImport(table: ImportTable, path: string, found: Import): Violation[] {
  const inSource = path.slice(`${table.folder}/src/`.length);
  const isTest = /\.(test|cases)\.ts$/.test(inSource) || inSource.startsWith("testing/");
  const violation = (message: string, fix: string): Violation[] => [{ file: path, line: found.line, message, fix }];
  if (found.specifier.startsWith(".")) {
    const target = posix.join(posix.dirname(inSource), found.specifier);
    if (target.startsWith("..")) {
      return violation(
        `imports ${found.specifier}, outside its package`,
        "import the other package by its name, through its public door",
      );
    }
    if (isTest) return [];
    return checkArrow(table, inSource, target, found).flatMap(([message, fix]) => violation(message, fix));
  }
  if (isTest) return [];
  if (found.specifier.startsWith("node:")) {
    if (mayImportNode(table, inSource, found)) return [];
    return violation(
      `imports ${found.specifier}`,
      `move it behind ${table.node?.statically.join(" or ")}; the other files also run in a browser`,
    );
  }
  const rule = table.packages.find(
    ({ name }) => found.specifier === name || found.specifier.startsWith(`${name.replace(/\/$/, "")}/`),
  );
  if (rule === undefined)
    return violation(
      `imports the package ${found.specifier}`,
      "do without it, or add it to test/tidy/tables.ts with the rooms that need it",
    );
  if (rule.rooms === "all" || matchesAny(rule.rooms, inSource)) return [];
  return violation(
    `imports ${found.specifier}, which only ${rule.rooms.join(", ")} may`,
    "pass in what is needed from there",
  );
}

function checkArrow(table: ImportTable, from: string, to: string, found: Import): [message: string, fix: string][] {
  const [fromEntry, toEntry] = [entryOf(table, from), entryOf(table, to)];
  if (fromEntry === undefined || toEntry === undefined) {
    const lost = fromEntry === undefined ? from : to;
    return [[`${withoutEnding(lost)} ${NO_LINE}`, "add its room to test/tidy/tables.ts and to docs/ARCHITECTURE.md"]];
  }
  if (toEntry.name === fromEntry.name || toEntry.line > fromEntry.line) return [];
  const excused = table.exceptions.some(
    (exception) =>
      matchesAny([exception.from], from) && matchesAny([exception.to], to) && (found.typeOnly || !exception.typeOnly),
  );
  if (excused) return [];
  const relation = toEntry.line === fromEntry.line ? "its neighbor" : "above it";
  return [
    [
      `${fromEntry.name} imports ${to}, ${relation}`,
      "move what both need to a lower line, or pass it in as an argument",
    ],
  ];
}

/** The longest entry of the table that names the path, so that `rpc/convert/` can stand below `rpc/`. */
function entryOf(table: ImportTable, path: string): { name: string; line: number } | undefined {
  let best: { name: string; line: number } | undefined;
  for (const [line, rooms] of table.lines.entries()) {
    for (const name of rooms) {
      if (name.length > (best?.name.length ?? 0) && matchesAny([name], path)) best = { name, line };
    }
  }
  return best;
}

function mayImportNode(table: ImportTable, inSource: string, found: Import): boolean {
  if (table.node === undefined || found.typeOnly) return true;
  return matchesAny(
    found.dynamic ? [...table.node.statically, ...table.node.dynamically] : table.node.statically,
    inSource,
  );
}

/** A name is a folder with its slash, a file without its ending, or a beginning with a star. */
function matchesAny(names: readonly string[], path: string): boolean {
  return names.some((name) => {
    if (name.endsWith("/")) return path.startsWith(name);
    if (name.endsWith("*")) return path.startsWith(name.slice(0, -1));
    return withoutEnding(path) === name;
  });
}

function withoutEnding(path: string): string {
  return path.replace(/\.(d\.ts|tsx?|js)$/, "");
}
