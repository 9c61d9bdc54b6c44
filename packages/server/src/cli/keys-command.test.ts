import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockDataDirectory } from "@vecstore/engine";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { KeyStore } from "../auth/key-store.js";
import { startTestServer, stopTestServers } from "../testing/server.js";
import { runCommand } from "./run.js";

let folder: string;
let data: string;
let out = "";
let err = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vecstore-keys-"));
  data = join(folder, "data");
  out = "";
  err = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    err += text;
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await stopTestServers();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => runCommand(["keys", ...args], () => Promise.reject(new Error("not started")));

function load(): KeyStore {
  const keys = new KeyStore({ directory: data });
  keys.load();
  return keys;
}

describe("vecstore keys create", () => {
  it("makes an admin's key in a directory that is not there yet, which a server then takes", async () => {
    expect(await run("create", "--data", data)).toBe(0);
    const key = out.trim();
    expect([out, load().find(key)?.role]).toEqual([expect.stringMatching(/^vs_\S+\n$/), "admin"]);
    expect(err).not.toContain(key);
    const { url } = await startTestServer({ data });
    const statusWith = async (headers: Record<string, string>) => (await fetch(`${url}/v1/stats`, { headers })).status;
    expect([await statusWith({}), await statusWith({ "x-api-key": key })]).toEqual([401, 200]);
  });

  it("makes what it is told, beside what was there", async () => {
    vi.stubEnv("VECSTORE_DATA", data);
    expect(await run("create")).toBe(0);
    out = "";
    const flags = ["--role", "writer", "--namespace", "b", "--namespace", "a", "--name", "ingest"];
    expect(await run("create", ...flags, "--expires-at", "2999-01-01T00:00:00+01:00")).toBe(0);
    const id = load().find(out.trim())?.id;
    const records = load().list("", 9, () => true);
    expect(records).toHaveLength(2);
    expect(records.find((record) => record.id === id)).toMatchObject({
      name: "ingest",
      role: "writer",
      namespaces: ["a", "b"],
      expiresAtMs: Date.parse("2998-12-31T23:00:00Z"),
    });
  });

  it("prints JSON when that is asked for", async () => {
    expect(await run("create", "--data", data, "--output", "json")).toBe(0);
    const { id, key, role } = JSON.parse(out);
    expect([role, load().find(key)?.id]).toEqual(["admin", id]);
  });

  it("says what is damaged, and goes on", async () => {
    await run("create", "--data", data);
    const file = join(data, "KEYS");
    writeFileSync(file, readFileSync(file, "utf8").slice(0, 100));
    expect(await run("create", "--data", data)).toBe(0);
    expect(err).toContain(`${file} is damaged: its end is missing`);
    expect(load().hasAdmin).toBe(true);
  });

  it("leaves a directory alone that is in use", async () => {
    const lock = await lockDataDirectory(data);
    expect(await run("create", "--data", data)).toBe(1);
    expect([out, err]).toEqual(["", expect.stringMatching(/^vecstore keys: directory .* is open in process \d+/)]);
    await lock.release();
    expect(existsSync(join(data, "KEYS"))).toBe(false);
  });

  it.each([
    [["create", "--namespaces", "x"], "unknown argument --namespaces; flags: --data --url"],
    [[], "allowed: create"],
    [["create"], "--data is missing"],
    [["destroy", "--data", "x"], "allowed: create"],
    [["create", "x", "--data", "x"], "allowed: create"],
    [["create", "--data", "x", "--role", "root"], "allowed: reader"],
    [["create", "--data", "x", "--role", "reader"], "1 to 100 are needed"],
    [["create", "--data", "x", "--namespace", "a"], "leave namespaces out"],
    [["create", "--data", "x", "--role", "reader", "--namespace", "../a"], "namespaces has"],
    [["create", "--data", "x", "--expires-at", "tomorrow"], "--expires-at is tomorrow"],
    [["create", "--data", "x", "--expires-at", "2001-01-01T00:00:00Z"], "in the future"],
    [["create", "--data", "x", "--nope"], "--nope"],
  ])("exits with 2 on %j and touches nothing", async (args, says) => {
    vi.stubEnv("VECSTORE_DATA", "");
    expect(await run(...args)).toBe(2);
    expect([out, err]).toEqual(["", expect.stringContaining(says)]);
    expect(existsSync("x")).toBe(false);
  });

  it("has help", async () => {
    expect([await run("--help"), out]).toEqual([0, expect.stringContaining("vecstore keys create --data DIR")]);
  });
});
