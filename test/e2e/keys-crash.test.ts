import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { doorNamed } from "./harness/doors.js";
import type { Target } from "./harness/http.js";
import { VecstoreProcess } from "./harness/process.js";
import { methodOf } from "./harness/schema.js";
import { ask } from "./harness/server.js";

const PRELOAD = new URL("../crash/die-at.mjs", import.meta.url).href;

let data: string;
const processes: VecstoreProcess[] = [];
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "vecstore-e2e-"));
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((each) => each.kill()));
  await rm(data, { recursive: true, force: true });
});

async function serve(env: Readonly<Record<string, string>> = {}) {
  const server = await VecstoreProcess.serve(data, [], env);
  processes.push(server);
  return server;
}

/** An admin's key, made by the command while no server runs. */
async function createOffline(): Promise<string> {
  const command = VecstoreProcess.run(["keys", "create", "--data", data]);
  processes.push(command);
  expect(await command.ended()).toBe(0);
  return command.stdout.trim();
}

const keyed = (key: string) => ({ headers: { "x-api-key": key } });

async function worth(target: Target, key: string): Promise<string> {
  const outcome = await doorNamed("Connect, protobuf").call(target, methodOf("Count"), {}, keyed(key));
  return outcome.ok ? "ok" : outcome.reason;
}

async function make(target: Target, admin: string): Promise<{ key: string; id: string }> {
  const request = { role: "ROLE_WRITER", namespaces: ["default"] };
  const made = await ask(target, "ApiKeyService.CreateApiKey", request, keyed(admin));
  return { key: made.key as string, id: (made.api_key as JsonObject).id as string };
}

const CHANGES: readonly (readonly [string, (id: string) => JsonObject])[] = [
  ["CreateApiKey", () => ({ role: "ROLE_ADMIN" })],
  ["RevokeApiKey", (id) => ({ id })],
  ["RotateApiKey", (id) => ({ id })],
];
const MOMENTS = ["write", "before rename", "after rename"];

describe("a server that is killed while it writes its keys", () => {
  test.each(CHANGES.flatMap(([method, request]) => MOMENTS.map((moment) => [method, moment, request] as const)))(
    "in %s, %s: locks nobody out and lets nobody in",
    async (method, moment, request) => {
      const admin = await createOffline();
      const first = await serve();
      const [kept, changed] = [await make(first.target, admin), await make(first.target, admin)];
      first.signal("SIGTERM");
      expect(await first.ended()).toBe(0);

      const doomed = await serve({ DIE_AT: moment, NODE_OPTIONS: `--import ${PRELOAD}` });
      const call = ask(doomed.target, `ApiKeyService.${method}`, request(changed.id), keyed(admin));
      await expect(call).rejects.toThrow();
      expect(await doomed.ended()).toBe("SIGKILL");
      expect(existsSync(join(data, "KEYS.tmp"))).toBe(moment !== "after rename");

      const after = await serve();
      const { target } = after;
      expect(after.stdout).not.toContain("keys_damaged");
      expect([await worth(target, admin), await worth(target, kept.key)]).toEqual(["ok", "ok"]);
      expect(await worth(target, "vs_wrong")).toBe("API_KEY_UNKNOWN");
      const isChanged = method !== "CreateApiKey" && moment === "after rename";
      expect(await worth(target, changed.key)).toBe(isChanged ? "API_KEY_UNKNOWN" : "ok");
      // What was not answered may be done or not; another attempt works.
      if (method === "RevokeApiKey") {
        await ask(target, "ApiKeyService.RevokeApiKey", { id: changed.id }, keyed(admin));
        expect(await worth(target, changed.key)).toBe("API_KEY_UNKNOWN");
      }
      const { key } = await make(target, admin);
      expect(await worth(target, key)).toBe("ok");
      expect(existsSync(join(data, "KEYS.tmp"))).toBe(false);
    },
  );
});
