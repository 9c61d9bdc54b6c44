// Another version of Node than the one that runs, for `npm test -- --node 24`.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What a major version stands for; the packages of npm that hold the binaries have the same versions. */
const VERSIONS = { 24: "24.21.0" };

const CACHE = fileURLToPath(new URL("../.cache/node/", import.meta.url));

/**
 * The path of a Node binary, fetched from the npm registry into .cache/node when it is not there.
 *
 * @param {string} which  a major version, on Linux, or on any system the path of a binary
 * @throws Error that says what to do
 */
export function nodeBinary(which) {
  const version = VERSIONS[which];
  if (version === undefined) {
    if (existsSync(which)) return which;
    throw new Error(`no node at ${which}; give a path, or one of ${Object.keys(VERSIONS).join(", ")}`);
  }
  if (process.platform !== "linux")
    throw new Error(`only binaries for Linux are fetched; give the path of a Node ${which} of your own`);
  const name = `node-linux-${process.arch}`;
  const folder = join(CACHE, version);
  const binary = join(folder, "node_modules", name, "bin/node");
  if (!existsSync(binary)) install(`${name}@${version}`, folder);
  return binary;
}

function install(specifier, folder) {
  const args = ["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, specifier];
  const { status } = spawnSync("npm", args, { stdio: "inherit" });
  if (status !== 0) throw new Error(`npm could not fetch ${specifier}`);
}
