import { expect, test } from "vitest";
import { MemoryEnv } from "../storage/memory-env.js";
import { FORMAT_VERSION, openFormatFile, requireFormat } from "./format-file.js";

test("raising the version several times at once writes it once", async () => {
  const env = new MemoryEnv();
  await env.makeDirectory("data");
  const { storeId } = await openFormatFile(env, "data");
  await Promise.all(Array.from({ length: 4 }, () => requireFormat(env, "data", FORMAT_VERSION)));
  expect(await openFormatFile(env, "data")).toEqual({ version: FORMAT_VERSION, storeId });
});
