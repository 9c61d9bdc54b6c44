/** What a .dockerignore says of paths relative to it, with forward slashes. */
export interface DockerIgnore {
  /** True when a path stays out of the build: the last pattern that fits it, or a folder above it, decides. */
  isIgnored(path: string): boolean;
  /** True when something below a folder may go into the build although the folder itself is ignored. */
  mayHoldKept(folder: string): boolean;
}

/** Reads patterns, one a line: `!` before what stays, `*` within a name, `**` over folders. */
export function parseDockerIgnore(text: string): DockerIgnore {
  const lines = text.split("\n").map((line) => line.trim());
  const patterns = lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ isKept: line.startsWith("!"), path: line.replace(/^!/, "") }))
    .map((each) => ({ ...each, pattern: patternOf(each.path) }));
  return {
    isIgnored(path) {
      const last = patterns.findLast(({ pattern }) => pattern.test(path));
      return last !== undefined && !last.isKept;
    },
    mayHoldKept: (folder) => patterns.some(({ isKept, path }) => isKept && path.startsWith(`${folder}/`)),
  };
}

/** A pattern fits what it names, and all below. */
function patternOf(line: string): RegExp {
  const source = line
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .split("**/")
    .map((part) => part.replaceAll("*", "[^/]*"))
    .join("(?:.*/)?");
  return new RegExp(`^${source}(?:/|$)`);
}
