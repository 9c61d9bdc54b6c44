import type { Env } from "./env.js";
import { NodeEnv } from "./node-env.js";

/** The `Env` of a store that names none: the file system. Browsers get `default-env.browser.ts` by package.json's `imports`. */
export function defaultEnv(): Env {
  return new NodeEnv();
}
