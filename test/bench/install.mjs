// Packages of others, at the versions that are named here, fetched into the cache when a benchmark first needs them.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { CACHE } from "./report.mjs";

/**
 * A package in a folder of its own. Its optional packages are left out (they are large, and most serve other platforms):
 * name the one with the binary beside it.
 */
export class PeerPackage {
  #folder;

  /**
   * @param {object} of
   * @param {string} of.name          to require
   * @param {string[]} of.packages    with exact versions, the first is `name`'s
   * @param {string[]} [of.scripts]   packages whose install script must run
   * @param {string} [of.variant]     part of the folder's name
   * @param {Record<string, string>} [of.env]  for the install script
   */
  constructor({ name, packages, scripts = [], variant = "", env = {} }) {
    this.name = name;
    this.packages = packages;
    this.scripts = scripts;
    this.env = env;
    const folder = [...packages.slice(0, 1), variant].filter(Boolean).join("-").replace(/[@/]+/g, "-");
    this.#folder = join(CACHE, "peers", folder.replace(/^-/, ""));
  }

  /** Fetches the packages, unless they are there. @throws when the registry has them not, or a build fails */
  install() {
    if (existsSync(join(this.#folder, "node_modules", this.name))) return;
    console.log(`installing ${this.packages.join(" and ")} (once)`);
    const fresh = `${this.#folder}.${process.pid}`;
    mkdirSync(fresh, { recursive: true });
    const allowScripts = Object.fromEntries(this.scripts.map((name) => [name, true]));
    writeFileSync(join(fresh, "package.json"), JSON.stringify({ private: true, allowScripts }));
    const flags = ["--save-exact", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"];
    try {
      const env = { ...process.env, ...this.env };
      execFileSync("npm", ["install", ...flags, ...this.packages], { cwd: fresh, env, stdio: "inherit" });
      rmSync(this.#folder, { recursive: true, force: true });
      renameSync(fresh, this.#folder); // whole or not at all, though the install be ended
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  }

  /** As it says itself. */
  version() {
    return JSON.parse(readFileSync(join(this.#folder, "node_modules", this.name, "package.json"), "utf8")).version;
  }

  /** @param {string} [name]  another package of the same folder */
  require(name = this.name) {
    return createRequire(join(this.#folder, "package.json"))(name);
  }
}
