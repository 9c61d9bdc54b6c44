import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

/** What the writing of a part may take, milliseconds: on a new machine it fetches packages, and compiles. */
export const WRITE_MS = 300_000;

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SCRIPT = join(ROOT, "scripts/reference.mjs");

/** The path of a file of the repository. */
export const source = (path: string): string => join(ROOT, path);

/** A part of the reference, written into a folder of its own. */
export class Reference {
  readonly #root = mkdtempSync(join(tmpdir(), "vecstore-reference-"));

  /** @param part  a part that the script knows, and a folder of `folder` */
  constructor(readonly part: string) {
    // As in CI, where a program that is missing is an error.
    const env = { ...process.env, CI: "true" };
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, part, "--out", this.#root], {
      encoding: "utf8",
      env,
    });
    expect(status, `${stdout}${stderr}`).toBe(0);
  }

  get folder(): string {
    return join(this.#root, this.part);
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}
