import { ConfigError } from "../config.js";

/** The command could not do what it was asked. */
export const EXIT_FAILED = 1;

/** A system's error, or one of ours: Connect's message has the code before it. */
type Explained = NodeJS.ErrnoException & { address?: string; port?: number; rawMessage?: string; reason?: string };

/** What went wrong, and where the system says no more than a code, what that means. */
export function explain(error: unknown): string {
  const { code, message, name, reason, rawMessage, address, port, path } = error as Explained;
  if (error instanceof ConfigError) return error.message;
  if (code === "EADDRINUSE") return `${address}:${port} is in use; choose another address with --listen`;
  if (code === "EACCES" && port !== undefined) return `no permission to listen on ${address}:${port}`;
  if (code === "ENOENT" && path !== undefined) return `no such file: ${path}`;
  // The client's errors have a reason, which programs and searches go by.
  if (name === "VecStoreError") return `${message} (${reason})`;
  return rawMessage ?? message ?? String(error);
}
