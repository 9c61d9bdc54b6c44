import { builtinModules } from "node:module";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterEach, describe, expect, it, vi } from "vitest";
import { VecStoreClient } from "./browser.js";
import { FakeServer } from "./testing/fake-server.js";

/** What the bundle may weigh, so that a heavy import does not come in unseen. */
const GZIP_BYTES_MAX = 30_000;

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("the browser's entry", () => {
  it("reaches nothing of Node, and stays small", async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: [fileURLToPath(new URL("./browser.ts", import.meta.url))],
      bundle: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      minify: true,
      write: false,
      metafile: true,
      // With these left outside, an import of one would show up below and not as a failed build.
      external: ["node:*", ...builtinModules],
    });
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
    expect(imports).toEqual([]);
    const bytes = gzipSync(outputFiles[0]?.contents ?? "").length;
    console.log(`browser bundle: ${outputFiles[0]?.contents.length} bytes, ${bytes} gzipped`);
    expect(bytes).toBeLessThan(GZIP_BYTES_MAX);
  });

  it("leaves out what nobody uses", async () => {
    const contents = 'import { VecStoreError } from "./browser.ts"; console.log(VecStoreError)';
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
      bundle: true,
      format: "esm",
      platform: "browser",
      minify: true,
      write: false,
    });
    expect(outputFiles[0]?.text).toContain("VecStoreError");
    expect(outputFiles[0]?.contents.length).toBeLessThan(2_000);
  });

  it("works over fetch", async () => {
    const server = await FakeServer.start();
    const client = new VecStoreClient(server.url, { namespace: "n" });
    await client.upsert([{ id: "a", vector: [1] }]);
    expect((await client.query([1])).map(({ id }) => id)).toEqual(["a"]);
    client.close();
    await server.close();
  });

  it("goes to where the page came from when no address is given", async () => {
    vi.stubGlobal("location", { origin: "https://page.example" });
    const urls: string[] = [];
    const fetch = async (input: RequestInfo | URL) => {
      urls.push(String(input));
      throw new TypeError("Failed to fetch");
    };
    const client = new VecStoreClient(undefined, { fetch, retries: false });
    await expect(client.count()).rejects.toMatchObject({ reason: "CONNECTION_LOST" });
    expect(urls).toEqual(["https://page.example/vecstore.v1.VecStoreService/Count"]);
  });

  it("refuses what only Node can do, and asks for an address outside a page", () => {
    for (const options of [{ tls: {} }, { userAgent: "x" }, { protocol: "grpc" }]) {
      expect(() => new VecStoreClient("db", options as never)).toThrow(
        expect.objectContaining({ code: "invalid_argument" }),
      );
    }
    expect(() => new VecStoreClient()).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});
