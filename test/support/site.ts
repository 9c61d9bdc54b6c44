import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename } from "node:path";
import { build, type Plugin } from "esbuild";

/** How a script is bundled. */
export interface BundleOptions {
  /** Where its relative imports and its packages are looked for. */
  readonly folder: string;
  /** Packages that others stand in for, by name. */
  readonly alias?: Record<string, string>;
  /** Whether what the script imports by `./` becomes part of it, or stays another script of the site. Default "joined". */
  readonly neighbors?: "joined" | "apart";
  /** Whether the packages of this repository are taken from their sources or, as users get them, from their builds. */
  readonly packages?: "sources" | "builds";
}

const LEAVE_NEIGHBORS: Plugin = {
  name: "leave-neighbors",
  setup: ({ onResolve }) => {
    // Not those of the packages, which import each other's files in the same way.
    onResolve({ filter: /^\.\// }, ({ path, importer }) =>
      importer === "<stdin>" ? { path, external: true } : undefined,
    );
  },
};

/** Bundles a script, in TypeScript or JavaScript, as an application's bundler does for browsers. */
export async function bundleForBrowser(source: string, options: BundleOptions): Promise<string> {
  const { folder, alias, neighbors = "joined", packages = "sources" } = options;
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: folder, loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    conditions: packages === "sources" ? ["@vecstore/source"] : [],
    alias,
    plugins: neighbors === "apart" ? [LEAVE_NEIGHBORS] : [],
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

/** The headers with which a page may use shared memory. */
export const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/**
 * Serves scripts, and at every other path a page that loads `/main.js` if there is one.
 *
 * @param scripts  by name
 * @param headers  of every answer
 */
export async function serveSite(
  scripts: ReadonlyMap<string, string>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Site> {
  const page = `<!doctype html>${scripts.has("main.js") ? '<script type="module" src="/main.js"></script>' : ""}`;
  const server = createServer((request, response) => {
    const script = scripts.get(basename(request.url ?? ""));
    const type = script === undefined ? "text/html; charset=utf-8" : "text/javascript";
    response.writeHead(200, { ...headers, "content-type": type });
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
