import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The repository's folder, without a slash at its end. */
export const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** What is published to npm, by the name of its folder. */
export const PACKAGES = ["client-js", "engine", "server"] as const;
export type PackageName = (typeof PACKAGES)[number];

/** What the packing and installing of a project may take, milliseconds. */
export const INSTALL_MS = 240_000;

const IN_CI = process.env.CI === "true";

/** True where packages cannot be installed; in CI they must be. */
export const isRegistryMissing =
  !IN_CI && spawnSync("npm", ["ping", "--fetch-retries=0", "--fetch-timeout=10000"], { stdio: "ignore" }).status !== 0;
if (isRegistryMissing) console.warn("tests of installed packages are skipped: npm ping reaches no registry");

/** An empty folder, outside of the repository, that becomes a project. */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), "vecstore-project-"));

  /** @param manifest  fields of its package.json */
  constructor(manifest: object = {}) {
    this.write("package.json", JSON.stringify({ name: "app", private: true, type: "module", ...manifest }));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, content: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  /** Packs a package as it would be published, with what is in its build. @returns the tarball's path */
  async pack(name: PackageName): Promise<string> {
    const folder = join(REPOSITORY, "packages", name);
    const { stdout } = await run("npm", ["pack", "--silent", "--pack-destination", this.folder], { cwd: folder });
    return this.path(stdout.trim());
  }

  /** Installs packages by their names or tarballs. No script of theirs runs. */
  async install(...what: string[]): Promise<void> {
    await run("npm", ["install", "--ignore-scripts", ...what], { cwd: this.folder });
  }

  /** Names of what is installed. */
  get installed(): string[] {
    return readdirSync(this.path("node_modules"))
      .filter((name) => !name.startsWith("."))
      .flatMap((name) =>
        name.startsWith("@") ? readdirSync(this.path(`node_modules/${name}`)).map((each) => `${name}/${each}`) : [name],
      );
  }

  /** Runs a program of the project with Node. @returns what it prints */
  async node(...args: string[]): Promise<string> {
    const { stdout } = await run(process.execPath, args, { cwd: this.folder });
    return stdout;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
