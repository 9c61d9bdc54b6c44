import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startTestServer, stopTestServers, testTlsSettings } from "../testing/server.js";
import { testTlsFile } from "../testing/tls.js";
import { runCommand } from "./run.js";

const ADMIN = "the admin's key";

let out = "";
let err = "";
let url: string;
beforeEach(async () => {
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    err += text;
    return true;
  });
  for (const name of ["VECSTORE_DATA", "VECSTORE_URL", "VECSTORE_API_KEY"]) vi.stubEnv(name, "");
  ({ url } = await startTestServer({ adminKey: ADMIN }));
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await stopTestServers();
});

/** Runs `vecstore keys`, and tells its status and what it printed. */
async function keys(...args: string[]): Promise<readonly [status: number, out: string, err: string]> {
  [out, err] = ["", ""];
  const status = await runCommand(["keys", ...args], () => Promise.reject(new Error("not started")));
  return [status, out, err];
}

/** The same at the server, as its admin; what it printed as JSON. */
async function asked(...args: string[]) {
  const [status, printed, problem] = await keys(...args, "--url", url, "--api-key", ADMIN);
  expect([status, problem]).toEqual([0, ""]);
  return JSON.parse(printed);
}

const statusWith = async (key: string) =>
  (await fetch(`${url}/v1/stats`, { headers: { "x-api-key": key, "x-namespace": "default" } })).status;

function onTerminal(): void {
  const { isTTY } = process.stdout;
  process.stdout.isTTY = true;
  restoreTty = () => {
    process.stdout.isTTY = isTTY;
  };
}
let restoreTty = () => {};
afterEach(() => restoreTty());

describe("vecstore keys, of a server", () => {
  it("makes a key, lists it, gives it another secret, and revokes it, in JSON for programs", async () => {
    const flags = ["--role", "reader", "--namespace", "default", "--name", "a reader"];
    const made = await asked("create", ...flags, "--expires-at", "2999-01-01T00:00:00Z");
    const { id, key, prefix, created_at } = made;
    const facts = { id, name: "a reader", prefix, role: "reader", namespaces: ["default"], created_at };
    expect(made).toEqual({ ...facts, key, expires_at: "2999-01-01T00:00:00.000Z" });
    expect(await statusWith(key)).toBe(200);
    expect(await asked("list")).toEqual([{ ...facts, expires_at: made.expires_at }]);

    const rotated = await asked("rotate", id);
    expect(rotated).toMatchObject({ id, rotated_at: expect.any(String) });
    expect([await statusWith(key), await statusWith(rotated.key)]).toEqual([403, 200]);

    expect(await asked("revoke", id)).toEqual({ id, revoked: true });
    expect(await statusWith(rotated.key)).toBe(403);
    expect(await asked("list")).toEqual([]);
    expect(await asked("list", "--include-revoked")).toMatchObject([{ id, revoked_at: expect.any(String) }]);
  });

  it("prints for people on a terminal, unless JSON is asked for", async () => {
    onTerminal();
    vi.stubEnv("VECSTORE_URL", url);
    vi.stubEnv("VECSTORE_API_KEY", ADMIN);
    const [, shown] = await keys("create", "--role", "metrics", "--name", "a name");
    expect(shown).toMatch(/^vs_\S{56}\n\nThe key [a-z2-7]{12}, metrics\. It is shown once;/);
    const [, table] = await keys("list");
    const [head, row] = table.split("\n");
    expect(head).toMatch(/^ID +ROLE +NAMESPACES +PREFIX +CREATED +EXPIRES +REVOKED +NAME$/);
    expect(row).toMatch(/^[a-z2-7]{12} +metrics +vs_\S+ +20\S+Z +- +- +a name$/);
    expect(row?.indexOf("metrics")).toBe(head?.indexOf("ROLE"));
    const [, json] = await keys("list", "--output", "json");
    const [{ id }] = JSON.parse(json);
    expect(await keys("revoke", id)).toEqual([0, `The key ${id} is revoked.\n`, ""]);
  });

  it("shows a table to a program that asks for one", async () => {
    const [, table] = await keys("list", "--output", "table", "--url", url, "--api-key", ADMIN);
    expect(table).toMatch(/^ID /);
  });

  it("takes a flag before a variable", async () => {
    vi.stubEnv("VECSTORE_URL", "localhost:1");
    vi.stubEnv("VECSTORE_API_KEY", "another");
    expect(await asked("list")).toEqual([]);
  });

  it("exits with 1 and the reason when the server refuses", async () => {
    const at = ["--url", url, "--api-key"];
    expect(await keys("list", ...at, "wrong")).toEqual([
      1,
      "",
      expect.stringMatching(/^vecstore keys: the API key is unknown; .*"vecstore keys list" \(API_KEY_UNKNOWN\)\n$/),
    ]);
    const [status, , problem] = await keys("revoke", "aaaaaaaaaaaa", ...at, ADMIN);
    expect([status, problem]).toEqual([1, expect.stringMatching(/\(API_KEY_NOT_FOUND\)\n$/)]);
    const [, , missing] = await keys("list", "--url", url);
    expect(missing).toMatch(/\(API_KEY_MISSING\)\n$/);
  });

  it("exits with 1 when no server answers", async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, "127.0.0.1", () => resolve((taken.address() as { port: number }).port));
    });
    await new Promise((resolve) => taken.close(resolve));
    const [status, printed, problem] = await keys("list", "--url", `127.0.0.1:${port}`);
    expect([status, printed]).toEqual([1, ""]);
    expect(problem).toMatch(
      new RegExp(`^vecstore keys: cannot reach http://127.0.0.1:${port}: .* \\(UNREACHABLE\\)\n$`),
    );
  });

  it("shows a certificate where the server asks for one", async () => {
    const server = await startTestServer({ adminKey: ADMIN, ...testTlsSettings() });
    const at = ["--url", server.url, "--api-key", ADMIN, "--tls-ca", testTlsFile("ca.pem")];
    const pair = ["--tls-cert", testTlsFile("client.pem"), "--tls-key", testTlsFile("client.key")];
    expect((await keys("list", ...at, ...pair)).slice(0, 2)).toEqual([0, "[]\n"]);
    expect((await keys("list", ...at))[0]).toBe(1);
    expect(await keys("list", ...at, "--tls-key", "/nowhere.key")).toEqual([
      1,
      "",
      "vecstore keys: no such file: /nowhere.key\n",
    ]);
  });

  it.each([
    [["rotate"], "the id of the key is missing"],
    [["revoke", "a", "b"], "allowed: create, list, rotate ID, revoke ID"],
    [["list", "x"], "allowed: create, list"],
    [["list", "--data", "x"], "--data means nothing to keys list"],
    [["rotate", "x", "--role", "admin"], "--role means nothing to keys rotate"],
    [["create", "--include-revoked"], "--include-revoked means nothing to keys create"],
    [["list", "--output", "xml"], "--output is xml; allowed: table, json"],
    [["list", "--url", "ftp://x"], 'the address is "ftp://x"'],
    [["list", "--url", "localhost:1", "--tls-ca", testTlsFile("ca.pem")], "tls needs an https:// address"],
    [["create", "--url", "localhost:1", "--role", "root"], "allowed: reader"],
    [["create", "--url", "localhost:1", "--data", "x"], "give one of them"],
    [["create", "--data", "x", "--tls-ca", "y"], "--tls-ca means nothing in a directory"],
  ])("exits with 2 on %j", async (args, says) => {
    expect(await keys(...args)).toEqual([2, "", expect.stringContaining(says)]);
  });

  it("does not guess where to make a key", async () => {
    vi.stubEnv("VECSTORE_DATA", "x");
    vi.stubEnv("VECSTORE_URL", url);
    expect(await keys("create")).toEqual([
      2,
      "",
      expect.stringContaining("both VECSTORE_DATA and VECSTORE_URL are set"),
    ]);
  });

  it("has a version, and help", async () => {
    expect((await keys("--version"))[1]).toMatch(/^vecstore \d/);
    expect((await keys("list", "--help"))[1]).toContain("vecstore keys rotate ID");
  });
});
