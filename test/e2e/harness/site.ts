import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HARNESS = fileURLToPath(new URL(".", import.meta.url));

/**
 * Bundles a script as an application's bundler does for browsers, with the sources of the packages.
 *
 * @param source  imports are relative to test/e2e/harness
 * @param alias   packages that others stand in for, by name
 */
export async function bundleForBrowser(source: string, alias: Record<string, string> = {}): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: HARNESS, loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    conditions: ["@vecstore/source"],
    alias,
    write: false,
  });
  return outputFiles[0]!.text;
}

/** Files served from a port of their own, so from an origin of their own. */
export interface Site {
  readonly port: number;
  /** A secure context, as a loopback address is. `localhost` with the same port is another origin. */
  readonly origin: string;
  close(): Promise<void>;
}

/**
 * Serves scripts, and at every other path a page that loads `/main.js` if there is one.
 *
 * @param scripts    by name
 * @param isolation  "isolated" sends the headers that shared memory needs
 */
export async function serveSite(scripts: ReadonlyMap<string, string>, isolation: "isolated" | "open"): Promise<Site> {
  const page = `<!doctype html>${scripts.has("main.js") ? '<script type="module" src="/main.js"></script>' : ""}`;
  const server = createServer((request, response) => {
    const script = scripts.get(basename(request.url ?? ""));
    response.setHeader("content-type", script === undefined ? "text/html; charset=utf-8" : "text/javascript");
    if (isolation === "isolated") {
      response.setHeader("cross-origin-opener-policy", "same-origin");
      response.setHeader("cross-origin-embedder-policy", "require-corp");
    }
    response.end(script ?? page);
  });
  // Without a host it listens on IPv6 too, where `localhost` may lead.
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
