import { expect, it } from "vitest";
import { envCases } from "./env.cases.js";
import { MemoryEnv } from "./memory-env.js";

envCases("MemoryEnv", async () => {
  const env = new MemoryEnv();
  await env.makeDirectory("data");
  return { env, directory: "data" };
});

it("takes its clock and its random bytes from outside", () => {
  const env = new MemoryEnv({ now: () => 12.9, randomBytes: (count) => new Uint8Array(count).fill(4) });
  expect(env.now()).toBe(12);
  expect(env.randomBytes(2)).toEqual(Uint8Array.of(4, 4));
});

it("takes one path in several spellings", async () => {
  const env = new MemoryEnv();
  await env.makeDirectory("./a//b/");
  await (await env.createFile("a/b//c")).close();
  expect(await env.exists("./a/b/c")).toBe(true);
  expect(env.paths()).toEqual(["a/b/c"]);
  expect(await env.listDirectory("a/b/")).toEqual(["c"]);
  expect(await env.listDirectory(".")).toEqual(["a"]);
});
