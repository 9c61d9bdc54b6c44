import { mkdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { run } from "./run.js";

/** One COPY: what from where to where. */
export interface CopyStep {
  /** Folder that the sources are relative to; an absolute source begins there too. */
  readonly source: string;
  readonly root: string;
  readonly workdir: string;
  /** The sources, and the destination last. */
  readonly paths: readonly string[];
}

/**
 * Copies as COPY does: of a folder what is in it, a file under its own name when the destination ends with a slash.
 * What is copied belongs to root and keeps its mode.
 */
export async function copyInto({ source, root, workdir, paths }: CopyStep): Promise<void> {
  const destination = paths.at(-1)!;
  const target = join(root, resolve(workdir, destination));
  const isFolder = destination.endsWith("/") || paths.length > 2;
  for (const path of paths.slice(0, -1)) {
    const from = join(source, path);
    const isCopyOfContent = (await stat(from)).isDirectory();
    await mkdir(isCopyOfContent || isFolder ? target : dirname(target), { recursive: true });
    const to = isCopyOfContent || isFolder ? `${target}/` : target;
    await run("cp", ["-rP", "--preserve=mode,timestamps", isCopyOfContent ? `${from}/.` : from, to]);
  }
}
