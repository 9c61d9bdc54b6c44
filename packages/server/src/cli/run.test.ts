import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { envOf, flagOf, SETTING_NAMES } from "../config/settings.js";
import { runCommand } from "./run.js";
import type { Launched } from "./serve.js";

let out = "";
let err = "";
beforeEach(() => {
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
afterEach(() => {
  process.removeAllListeners("SIGTERM");
  process.removeAllListeners("SIGINT");
  process.removeAllListeners("SIGHUP");
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const launchNothing = () => Promise.reject(new Error("not started"));
const reloadCertificates = () => {};
const run = (...args: string[]) => runCommand(args, launchNothing);

describe("vecstore", () => {
  it("prints help and version", async () => {
    expect([await run("--help"), out.includes("Usage: vecstore COMMAND")]).toEqual([0, true]);
    out = "";
    expect([await run("--version"), out]).toEqual([0, expect.stringMatching(/^vecstore \d+\.\d+\.\d+\n$/)]);
  });

  it("lists every flag and variable in the help of serve", async () => {
    expect(await run("serve", "--help")).toBe(0);
    for (const name of SETTING_NAMES) expect(out).toContain(`${flagOf(name)} `.trimEnd());
    for (const name of SETTING_NAMES) expect(out).toContain(`[${envOf(name)}]`);
  });

  it.each([[[]], [["nope"]], [["serve", "--nope"]], [["config", "--threads", "x"]]])(
    "exits with 2 on %j",
    async (args) => {
      expect(await run(...args)).toBe(2);
      expect([out, err !== ""]).toEqual(["", true]);
    },
  );

  it("prints the configuration with the source of each value", async () => {
    vi.stubEnv("VECSTORE_THREADS", "3");
    expect(await run("config", "--data", "/x")).toBe(0);
    expect(out).toMatch(/^data +\/x +# flag --data$/m);
    expect(out).toMatch(/^threads +3 +# environment VECSTORE_THREADS$/m);
    expect(out).toMatch(/^fsync +always +# default$/m);
  });
});

describe("vecstore serve", () => {
  it("exits with 1 and one line when it cannot start", async () => {
    expect([await run("serve"), err]).toEqual([1, "vecstore: not started\n"]);
  });

  it("exits with 1 when the directory cannot be opened", async () => {
    const ready = Promise.reject(new Error("directory /x is open in process 1"));
    const close = vi.fn(async () => {});
    const launched: Launched = { addresses: [], ready, reloadCertificates, close };
    expect(await runCommand(["serve"], async () => launched)).toBe(1);
    expect([err, close.mock.calls.length]).toEqual(["vecstore: directory /x is open in process 1\n", 1]);
  });

  it.each(["SIGTERM", "SIGINT"] as const)("drains on %s and exits with 0", async (signal) => {
    const close = vi.fn(async () => {});
    const launched: Launched = { addresses: [], ready: Promise.resolve(), reloadCertificates, close };
    const status = runCommand(["serve"], async () => {
      setImmediate(() => process.emit(signal));
      return launched;
    });
    expect([await status, close.mock.calls.length]).toEqual([0, 1]);
  });

  it.each([
    [["--tls-cert", "a", "--tls-key", "b"], 1],
    [[], 0],
  ])("reads its certificates anew on SIGHUP, which without any has no listener: %j", async (args, times) => {
    const reloadCertificates = vi.fn();
    const status = runCommand(["serve", ...args], async () => {
      setImmediate(() => {
        process.emit("SIGHUP");
        process.emit("SIGTERM");
      });
      return { addresses: [], ready: Promise.resolve(), reloadCertificates, close: async () => {} };
    });
    expect([await status, reloadCertificates.mock.calls.length]).toEqual([0, times]);
    expect(process.listenerCount("SIGHUP")).toBe(times);
  });

  it("exits at once on a second signal", async () => {
    const exit = vi.spyOn(process, "exit").mockImplementation(() => undefined as never);
    const close = async () => {
      process.emit("SIGINT");
    };
    const status = runCommand(["serve"], async () => {
      setImmediate(() => process.emit("SIGTERM"));
      return { addresses: [], ready: Promise.resolve(), reloadCertificates, close };
    });
    await status;
    expect(exit).toHaveBeenCalledWith(1);
  });

  it("hands over the key of the environment", async () => {
    vi.stubEnv("VECSTORE_ADMIN_KEY", "k");
    const launch = vi.fn(() => Promise.reject(new Error("seen")));
    await runCommand(["serve"], launch);
    expect(launch).toHaveBeenCalledWith(expect.objectContaining({ adminKey: "k" }));
  });
});

describe("bin/vecstore.js", () => {
  it("says what to do when the server is not built", () => {
    const folder = mkdtempSync(join(tmpdir(), "vecstore-bin-"));
    cpSync(new URL("../../bin", import.meta.url).pathname, join(folder, "bin"), { recursive: true });
    const { status, stderr } = spawnSync(process.execPath, [join(folder, "bin/vecstore.js")], { encoding: "utf8" });
    rmSync(folder, { recursive: true });
    expect([status, stderr]).toEqual([1, expect.stringContaining("npm run build")]);
  });
});
