import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";
import { afterEach, beforeEach, expect, test } from "vitest";
import { VecstoreProcess } from "../e2e/harness/process.js";
import { ask, until } from "../e2e/harness/server.js";

let folder: string;
let server: Awaited<ReturnType<typeof VecstoreProcess.serve>> | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vecstore-crash-"));
});
afterEach(async () => {
  await server?.kill();
  await rm(folder, { recursive: true, force: true });
});

const SECRET = "the-secret-of-a-customer";
const admin = (method: string, request: JsonObject) => ask(server!.target, `NamespaceService.${method}`, request);
const data = (method: string, request: JsonObject) => ask(server!.target, method, request);

async function restart(): Promise<void> {
  await server?.kill();
  server = await VecstoreProcess.serve(folder);
}

async function fill(namespace: string, text: string): Promise<void> {
  await admin("CreateNamespace", { name: namespace, labels: { team: "a" } });
  for (let batch = 0; batch < 4; batch++) {
    const records = Array.from({ length: 50 }, (_, i) => ({ id: `${batch}.${i}`, vector: [1, i], text }));
    await data("Upsert", { namespace, records });
  }
  await data("CreateSnapshot", { namespace, name: "s" });
}

/** Files of the directory that hold the secret; one that goes while it is read holds nothing. */
async function leaks(): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const bytes = await Promise.all(names.map((name) => readFile(join(folder, name)).catch(() => Buffer.alloc(0))));
  return names.filter((_, at) => bytes[at]!.includes(SECRET));
}

test("what an update of a namespace answered is there after kill -9", async () => {
  await restart();
  await fill("acme", "x");
  await admin("UpdateNamespace", { name: "acme", status: "NAMESPACE_STATUS_READ_ONLY", removeLabels: ["team"] });
  await restart();
  const { namespace } = await admin("GetNamespace", { name: "acme" });
  expect(namespace).toMatchObject({ status: "NAMESPACE_STATUS_READ_ONLY" });
  expect(namespace).not.toHaveProperty("labels");
  await expect(data("Delete", { namespace: "acme", all: true })).rejects.toThrow("NAMESPACE_READ_ONLY");
});

/** Moments of a deletion, by what can be seen of it from outside. */
const MOMENTS: readonly (readonly [string, (answered: () => boolean) => boolean])[] = [
  ["at once", () => true],
  ["when its files begin to go", (answered) => answered() || existsSync(join(folder, "ns", "3", "deleted"))],
  ["when it is answered", (answered) => answered()],
  ["when its directory is gone", () => !existsSync(join(folder, "ns", "3"))],
];

test.each(MOMENTS)(
  "a namespace whose deletion kill -9 interrupts %s is there whole or gone for good",
  async (_, isNow) => {
    await restart();
    await fill("other", "x");
    await fill("acme", SECRET);
    expect((await leaks()).length).toBeGreaterThan(1);
    let isAnswered = false;
    const answer = admin("DeleteNamespace", { name: "acme" }).then(
      () => {
        isAnswered = true;
      },
      () => undefined,
    );
    await until("the moment", () => isNow(() => isAnswered));
    await restart();
    const { namespaces } = (await admin("ListNamespaces", {})) as { namespaces: { name: string; status: string }[] };
    const acme = namespaces.find(({ name }) => name === "acme");
    if (acme?.status === "NAMESPACE_STATUS_ACTIVE") {
      await answer;
      expect(isAnswered).toBe(false);
      expect(await data("Count", { namespace: "acme" })).toMatchObject({ count: "200" });
      await admin("DeleteNamespace", { name: "acme" });
    }
    await until("the disk is rid of it", async () => (await leaks()).length === 0);
    await until("its name is free", () =>
      admin("CreateNamespace", { name: "acme" }).then(
        () => true,
        () => false,
      ),
    );
    // A count of 0 is not sent.
    expect(await data("Count", { namespace: "acme" })).toEqual({});
    expect(await data("Count", { namespace: "other" })).toMatchObject({ count: "200" });
    await restart();
    expect(await data("Count", { namespace: "other" })).toMatchObject({ count: "200" });
  },
);
