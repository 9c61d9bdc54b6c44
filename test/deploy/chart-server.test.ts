import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sendHttp, type Target } from "../e2e/harness/http.js";
import { VecstoreProcess } from "../e2e/harness/process.js";
import { EVERYTHING, type KubeObject, only, render } from "./chart.js";

let folder: string;
const processes: VecstoreProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vecstore-chart-"));
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((each) => each.kill()));
  await rm(folder, { recursive: true, force: true });
});

/** The variables that a pod of the chart has, with the settings' file in a folder of this machine. */
async function environmentOf(objects: readonly KubeObject[]): Promise<Record<string, string>> {
  const secret = only(objects, "Secret");
  const { env } = only(objects, "StatefulSet").spec.template.spec.containers[0];
  const pairs = env.map(({ name, value, valueFrom }: KubeObject) => {
    const key = valueFrom?.secretKeyRef.key;
    return [name, value ?? Buffer.from(secret.data[key], "base64").toString()];
  });
  const file = join(folder, "vecstore.yaml");
  await writeFile(file, only(objects, "ConfigMap", "r-vecstore").data["vecstore.yaml"]);
  return { ...Object.fromEntries(pairs), VECSTORE_CONFIG: file };
}

function run(args: readonly string[], env: Readonly<Record<string, string>>): VecstoreProcess {
  const command = VecstoreProcess.run(args, env);
  processes.push(command);
  return command;
}

test("a server takes all that the chart tells it, from where the chart says it", async () => {
  const env = await environmentOf(await render("--values", EVERYTHING));
  const command = run(["config"], env);
  expect([await command.ended(), command.stderr]).toEqual([0, ""]);
  const values = new Map(
    command.stdout
      .trim()
      .split("\n")
      .map((line) => /^(\S+) +(.*?) +# (\w+)/.exec(line)!.slice(1, 4))
      .map(([key, value, source]) => [key!, [value, source]]),
  );
  expect(Object.fromEntries([...values].filter(([, [, source]]) => source !== "default"))).toEqual({
    grpc: ["[::]:50051", "environment"],
    http: ["0.0.0.0:8080", "environment"],
    data: ["/data", "environment"],
    drain_timeout: ["30s", "environment"],
    threads: ["2", "file"],
    checkpoint_log_bytes: ["67108864", "file"],
    "log.level": ["debug", "file"],
    "log.slow_query": ["250ms", "file"],
    "cors.origins": ["https://app.example.com", "file"],
    "tls.cert": ["/etc/vecstore/tls/tls.crt", "file"],
    "tls.key": ["/etc/vecstore/tls/tls.key", "file"],
    "tls.client_ca": ["/etc/vecstore/tls/ca.crt", "file"],
    allow_plaintext: ["true", "file"],
    "auth.keys": [expect.stringContaining('"prometheus"'), "file"],
  });
});

test("the keys of its Secret open what their roles say", async () => {
  const objects = await render("--values", EVERYTHING, "--set", "tls.enabled=false");
  const here = { VECSTORE_GRPC: "", VECSTORE_HTTP: "127.0.0.1:0", VECSTORE_DATA: join(folder, "data") };
  const server = run(["serve"], { ...(await environmentOf(objects)), ...here });
  const target: Target = { url: await server.url() };
  await server.prints('"msg":"ready"');
  const statusOf = async (method: string, path: string, key: string) =>
    (await sendHttp(target, { method, path, headers: { "x-api-key": key } })).status;
  const get = (path: string, key: string) => statusOf("GET", path, key);
  expect(await get("/metrics", "a-metrics-key-of-the-tests")).toBe(200);
  expect(await get("/metrics", "a-writer-key-of-the-tests")).toBe(403);
  expect(await get("/admin/namespaces", "an-admin-key-of-the-tests")).toBe(200);
  expect(await get("/admin/namespaces", "a-writer-key-of-the-tests")).toBe(403);
  expect(await get("/v1/stats", "")).toBe(401);
});
