import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The repository's root, with a trailing separator. */
export const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

/** Every page that shows how something is used, by path from the root. */
export function pages(): string[] {
  const below = (folder: string): string[] =>
    readdirSync(`${REPOSITORY}${folder}`, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".md") && !path.includes("node_modules"))
      .map((path) => `${folder}/${path}`);
  const ofPackages = readdirSync(`${REPOSITORY}packages`)
    .map((name) => `packages/${name}/README.md`)
    .filter((path) => readdirSync(`${REPOSITORY}${path.slice(0, -"/README.md".length)}`).includes("README.md"));
  return ["README.md", "CONTRIBUTING.md", ...below("docs"), ...ofPackages];
}
