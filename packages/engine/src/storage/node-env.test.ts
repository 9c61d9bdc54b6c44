import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { envCases } from "./env.cases.js";
import { FaultyEnv } from "./faulty-env.js";
import { NodeEnv } from "./node-env.js";

async function temporaryDirectory(): Promise<{ directory: string; dispose(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "vecstore-env-"));
  return { directory, dispose: () => rm(directory, { recursive: true, force: true }) };
}

envCases("NodeEnv", async () => ({ env: new NodeEnv(), ...(await temporaryDirectory()) }));
envCases("FaultyEnv over NodeEnv", async () => ({
  env: new FaultyEnv(new NodeEnv()),
  ...(await temporaryDirectory()),
}));

it("wraps what the system says, with operation and path", async () => {
  const { directory, dispose } = await temporaryDirectory();
  const env = new NodeEnv();
  await mkdir(join(directory, "d"));
  await expect(env.openFile(join(directory, "d"))).rejects.toMatchObject({
    reason: "INTERNAL",
    kind: "io",
    cause: { code: "EISDIR" },
    details: { operation: "open", file: join(directory, "d") },
  });
  await dispose();
});

it("comes to an end with a relative directory when the working directory was deleted", async () => {
  const before = process.cwd();
  const { directory, dispose } = await temporaryDirectory();
  try {
    process.chdir(directory);
    await dispose();
    const made = new NodeEnv().makeDirectory("a/b");
    // Node may remember where it was, and make all of it again.
    await expect(Promise.allSettled([made])).resolves.toHaveLength(1);
  } finally {
    process.chdir(before);
    await dispose();
  }
});

it("refuses to use a closed file, whose descriptor may be another's by now", async () => {
  const { directory, dispose } = await temporaryDirectory();
  const file = await new NodeEnv().createFile(join(directory, "a"));
  await file.close();
  await file.close();
  await expect(file.write(new Uint8Array(1), 0)).rejects.toMatchObject({ kind: "io" });
  await expect(file.size()).rejects.toMatchObject({ kind: "io" });
  await dispose();
});
