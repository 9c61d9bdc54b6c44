import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type DockerIgnore, parseDockerIgnore } from "./dockerignore.js";

/** Copies into `folder` what a builder sends of `repository`: all that its .dockerignore does not leave out. */
export async function copyContext(repository: string, folder: string): Promise<void> {
  const ignore = parseDockerIgnore(await readFile(join(repository, ".dockerignore"), "utf8"));
  for (const path of await keptFiles(repository, "", ignore)) {
    await cp(join(repository, path), join(folder, path), { verbatimSymlinks: true });
  }
}

async function keptFiles(repository: string, folder: string, ignore: DockerIgnore): Promise<string[]> {
  const kept: string[] = [];
  for (const entry of await readdir(join(repository, folder), { withFileTypes: true })) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    const isIgnored = ignore.isIgnored(path);
    if (!entry.isDirectory()) {
      if (!isIgnored) kept.push(path);
    } else if (!isIgnored || ignore.mayHoldKept(path)) {
      kept.push(...(await keptFiles(repository, path, ignore)));
    }
  }
  return kept;
}
