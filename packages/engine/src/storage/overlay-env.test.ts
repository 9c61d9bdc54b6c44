import { describe, expect, it } from "vitest";
import { envCases } from "./env.cases.js";
import { type Env, joinPath } from "./env.js";
import { isNotFound } from "./errors.js";
import { MemoryEnv } from "./memory-env.js";
import { OverlayEnv } from "./overlay-env.js";

envCases("OverlayEnv", async () => {
  const below = new MemoryEnv();
  await below.makeDirectory("data");
  return { env: new OverlayEnv(below), directory: "data" };
});

async function textOf(env: Env, path: string): Promise<string> {
  const file = await env.openFile(path);
  const bytes = new Uint8Array(await file.size());
  await file.read(bytes, 0);
  await file.close();
  return new TextDecoder().decode(bytes);
}

const bytes = (text: string) => new TextEncoder().encode(text);

function twoLayers() {
  const below = new MemoryEnv();
  for (const name of ["a", "b", "sub/c", "sub/deep/d"]) below.writeFile(joinPath("data", name), bytes(`below ${name}`));
  const seen = () => below.paths().map((path) => [path, new TextDecoder().decode(below.readFile(path))]);
  return { below, env: new OverlayEnv(below), before: seen(), seen };
}

describe("an OverlayEnv over files", () => {
  it("reads them, and keeps what is written to itself, for all who have the file open", async () => {
    const { env, before, seen } = twoLayers();
    const [first, second] = [await env.openFile("data/a"), await env.openFile("./data//a")];
    await first.write(bytes("ABOVE"), 0);
    await first.truncate(6);
    const into = new Uint8Array(9);
    expect([await second.read(into, 0), second.readSync(into, 0), await second.size()]).toEqual([6, 6, 6]);
    expect([await textOf(env, "data/a"), await env.fileSize("data/a")]).toEqual(["ABOVE ", 6]);
    expect([await textOf(env, "data/b"), await env.fileSize("data/b")]).toEqual(["below b", 7]);
    expect(seen()).toEqual(before);
  });

  it("removes, renames, links and makes anew without a trace below", async () => {
    const { env, before, seen } = twoLayers();
    await env.rename("data/a", "data/sub/a");
    await env.linkOrCopy("data/b", "data/b2");
    await env.remove("data/b");
    expect([await textOf(env, "data/sub/a"), await textOf(env, "data/b2")]).toEqual(["below a", "below b"]);
    await (await env.createFile("data/a")).write(bytes("new"), 0);
    expect(await env.listDirectory("data")).toEqual(["a", "b2", "sub"]);
    expect([await env.exists("data/b"), await textOf(env, "data/a")]).toEqual([false, "new"]);
    await env.removeDirectory("data/sub");
    expect([await env.listDirectory("data/sub"), await env.exists("data/sub/deep/d")]).toEqual([[], false]);
    expect(await env.openFile("data/sub/c").catch(isNotFound)).toBe(true);
    await env.makeDirectory("data/sub/deep");
    expect([await env.listDirectory("data/sub"), await env.listDirectory("data/sub/deep")]).toEqual([["deep"], []]);
    expect(seen()).toEqual(before);
  });

  it("takes the lock below", async () => {
    const { below, env } = twoLayers();
    const lock = await env.lockDirectory("data");
    await expect(below.lockDirectory("data")).rejects.toMatchObject({ reason: "DATA_DIR_IN_USE" });
    await lock.release();
    await (await below.lockDirectory("data")).release();
  });
});
