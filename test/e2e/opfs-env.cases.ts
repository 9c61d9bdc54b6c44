import type { Env, EnvFile } from "@vecstore/engine";
import { describe, expect, it } from "vitest";

type Create = () => Promise<{ readonly env: Env; readonly directory: string }>;

/** What the private file system of a browser does beside what every Env promises. For a dedicated worker. */
export function opfsCases(create: Create): void {
  describe("OpfsEnv beside the suite of every Env", () => {
    it("gives all who open a file one handle, each with its own close", async () => {
      const { env, directory } = await create();
      const [made, again] = await twice(env, `${directory}/a`);
      await made.write(Uint8Array.of(1, 2), 0);
      expect(await again.size()).toBe(2);
      await made.close();
      await made.close();
      await again.write(Uint8Array.of(3), 2);
      expect(await env.fileSize(`./${directory}//a`)).toBe(3);
      await again.close();
      await expect(again.size()).rejects.toMatchObject({ reason: "INTERNAL", kind: "io" });
      // The handle is let go: it can be moved.
      await env.rename(`${directory}/a`, `${directory}/b`);
      expect(await env.listDirectory(directory)).toEqual(["b"]);
    });

    it("opens a file for several at once", async () => {
      const { env, directory } = await create();
      await (await env.createFile(`${directory}/a`)).close();
      const files = await Promise.all([1, 2, 3].map(() => env.openFile(`${directory}/a`)));
      for (const file of files) await file.close();
      const made = await Promise.allSettled([1, 2].map(() => env.createFile(`${directory}/b`)));
      expect(made.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    });

    it("removes a file that is open by its name at once, and its bytes at the last close", async () => {
      const { env, directory } = await create();
      const path = `${directory}/a`;
      const [first, second] = await twice(env, path);
      await first.write(Uint8Array.of(7), 0);
      await env.remove(path);
      expect(await env.listDirectory(directory)).toEqual([]);
      await expect(env.openFile(path)).rejects.toMatchObject({ kind: "not_found" });
      await expect(env.createFile(path)).rejects.toMatchObject({ kind: "io" });
      await first.close();
      expect(await second.read(new Uint8Array(2), 0)).toBe(1);
      await second.close();
      await (await env.createFile(path)).close();
      expect(await env.fileSize(path)).toBe(0);
    });

    it("refuses to rename, replace or remove with its directory what is open", async () => {
      const { env, directory } = await create();
      const open = await env.createFile(`${directory}/open`);
      await (await env.createFile(`${directory}/other`)).close();
      const refused = { reason: "INTERNAL", kind: "io" };
      await expect(env.rename(`${directory}/open`, `${directory}/x`)).rejects.toMatchObject(refused);
      await expect(env.rename(`${directory}/other`, `${directory}/open`)).rejects.toMatchObject(refused);
      await expect(env.removeDirectory(directory)).rejects.toMatchObject(refused);
      await open.close();
      await env.removeDirectory(directory);
      expect(await env.exists(directory)).toBe(false);
    });

    it("leaves a directory alone that is told to be removed as a file", async () => {
      const { env, directory } = await create();
      await env.remove(directory);
      expect(await env.exists(directory)).toBe(true);
    });

    it("copies a file that is open and larger than what it copies at once", async () => {
      const { env, directory } = await create();
      const source = await env.createFile(`${directory}/a`);
      const bytes = new Uint8Array(9 * 1024 * 1024 + 5).map((_, i) => i % 251);
      await source.write(bytes, 0);
      await env.linkOrCopy(`${directory}/a`, `${directory}/b`);
      await source.close();
      expect(await env.listDirectory(directory)).toEqual(["a", "b"]);
      const copy = await env.openFile(`${directory}/b`);
      const read = new Uint8Array(bytes.length);
      expect(await copy.read(read, 0)).toBe(bytes.length);
      expect(env.crc32(read)).toBe(env.crc32(bytes));
      await copy.close();
    });

    it("leaves the event loop its turns while a writer never waits for anything else", async () => {
      const { env, directory } = await create();
      const file = await env.createFile(`${directory}/a`);
      let isTurn = false;
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        isTurn = true;
      };
      port2.postMessage(undefined);
      for (let i = 0; i < 100_000 && !isTurn; i++) await file.write(Uint8Array.of(1), i);
      port1.close();
      await file.close();
      expect(isTurn).toBe(true);
    });

    it("knows how much the browser still allows", async () => {
      const { env } = await create();
      expect(await env.freeBytes("")).toBeGreaterThan(1024 * 1024);
    });

    it("says what was wrong with its options", async () => {
      const { env } = await create();
      const OpfsEnv = env.constructor as new (options: object) => Env;
      for (const waitMs of [-1, 0.5, Number.NaN]) {
        expect(() => new OpfsEnv({ waitMs })).toThrow(expect.objectContaining({ reason: "INVALID_CONFIGURATION" }));
      }
    });
  });
}

/** A new file and the same file opened. */
async function twice(env: Env, path: string): Promise<[EnvFile, EnvFile]> {
  return [await env.createFile(path), await env.openFile(path)];
}
