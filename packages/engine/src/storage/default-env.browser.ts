import type { Env } from "./env.js";
import { MemoryEnv } from "./memory-env.js";

/** The `Env` of a store that names none: memory, which is gone with the page. */
export function defaultEnv(): Env {
  return new MemoryEnv();
}
