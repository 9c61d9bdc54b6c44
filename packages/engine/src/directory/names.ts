import { type Env, joinPath, parentPath } from "../storage/env.js";

/** The namespace that exists from the start. */
export const DEFAULT_NAMESPACE = "default";

/** Digits of a number in a file name; enough for 2^53. */
const DIGITS = 16;

/** Kinds of numbered files in a namespace's directory. */
export type NumberedFile = "manifest" | "part" | "deaths" | "graph";

/** `part-0000000000000001` */
export function numberedName(kind: NumberedFile, number: number): string {
  return `${kind}-${String(number).padStart(DIGITS, "0")}`;
}

/** The number in a numbered file's name, or undefined for any other name. */
export function numberOf(kind: NumberedFile, name: string): number | undefined {
  const digits = name.startsWith(`${kind}-`) ? name.slice(kind.length + 1) : "";
  return /^\d{16}$/.test(digits) ? Number(digits) : undefined;
}

/** The directory that holds those of the namespaces. */
export function namespacesPath(root: string): string {
  return joinPath(root, "ns");
}

/** The directory of a namespace: by number, never by the caller's name. */
export function namespacePath(root: string, number: number): string {
  return joinPath(namespacesPath(root), String(number));
}

/** The directory that holds a namespace's snapshots. */
export function snapshotsPath(root: string, number: number): string {
  return joinPath(namespacePath(root, number), "snapshots");
}

/** Removes the directory of a namespace, so that a power cut does not bring it back. */
export async function removeNamespaceDirectory(env: Env, root: string, number: number): Promise<void> {
  const path = namespacePath(root, number);
  if (!(await env.exists(path))) return;
  await env.removeDirectory(path);
  await env.syncDirectory(parentPath(path));
}
