import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sendHttp } from "./harness/http.js";
import { VecstoreProcess } from "./harness/process.js";

let folder: string;
const processes: VecstoreProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vecstore-e2e-"));
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((each) => each.kill()));
  await rm(folder, { recursive: true, force: true });
});

const config = async () => {
  const sha256 = createHash("sha256").update("the key of the ingest").digest("hex");
  const file = join(folder, "vecstore.yaml");
  const keys = [
    `{name: ingest, sha256: ${sha256}, role: writer, namespaces: [default]}`,
    "{name: prometheus, env: SCRAPE_KEY, role: metrics}",
  ];
  await writeFile(file, `auth:\n  keys:\n${keys.map((each) => `    - ${each}\n`).join("")}`);
  return ["--config", file];
};

describe("keys of the configuration", () => {
  test("work, and close the server", async () => {
    const env = { SCRAPE_KEY: "the key of prometheus" };
    const server = await VecstoreProcess.serve(join(folder, "data"), await config(), env);
    processes.push(server);
    const statusOf = async (path: string, key?: string) => {
      const headers: Record<string, string> = key === undefined ? {} : { "x-api-key": key };
      return (await sendHttp(server.target, { method: "GET", path, headers })).status;
    };
    const statuses = async (path: string) =>
      Promise.all([undefined, "wrong", "the key of the ingest", env.SCRAPE_KEY].map((key) => statusOf(path, key)));
    expect(await statuses("/v1/stats")).toEqual([401, 403, 200, 403]);
    expect(await statuses("/metrics")).toEqual([401, 403, 403, 200]);
    expect(await statuses("/admin/keys")).toEqual([401, 403, 403, 403]);
    expect(server.stdout + server.stderr).not.toContain(env.SCRAPE_KEY);
  });

  test("stop the start when a variable is not set", async () => {
    const args = ["serve", "--listen", "127.0.0.1:0", "--data", join(folder, "data"), ...(await config())];
    const server = VecstoreProcess.run(args);
    processes.push(server);
    expect(await server.ended()).toBe(1);
    expect(server.stderr).toBe(
      "vecstore: auth.keys: the environment variable SCRAPE_KEY of the key prometheus is not set or empty\n",
    );
  });
});
