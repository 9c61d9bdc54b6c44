import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TEST_TLS, testTlsFile } from "../testing/tls.js";
import { Certificates } from "./certificates.js";

/** The test certificates hold from 2026 on. */
const NOW_MS = Date.parse("2030-01-01T00:00:00Z");
const DAY_MS = 86_400_000;

let folder: string;
let nowMs: number;
let told: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vecstore-tls-"));
  nowMs = NOW_MS;
  told = [];
  put("server");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (name: string) => join(folder, name);

/** Writes the pair over the files that are there. */
function put(pair: string, into = folder): void {
  copyFileSync(testTlsFile(`${pair}.pem`), join(into, "tls.crt"));
  copyFileSync(testTlsFile(`${pair}.key`), join(into, "tls.key"));
}

function open(more: { clientCa?: string; from?: string } = {}): Certificates {
  const from = more.from ?? folder;
  return new Certificates({
    files: { cert: join(from, "tls.crt"), key: join(from, "tls.key"), clientCa: more.clientCa },
    now: () => nowMs,
    onLoaded: ({ subject }) => told.push(`loaded ${subject}`),
    onRefused: (problem) => told.push(`refused ${problem}`),
    onExpiring: ({ subject }) => told.push(`expiring ${subject}`),
  });
}

describe("certificates", () => {
  it("are read again when their files were written, once they are left alone", () => {
    const certificates = open();
    certificates.check();
    put("next");
    certificates.check();
    expect([told, certificates.current.subject]).toEqual([[], "CN=server"]);
    certificates.check();
    certificates.check();
    expect([told, certificates.current.subject]).toEqual([["loaded CN=next"], "CN=next"]);
    expect(certificates.current.material).toEqual(TEST_TLS.next);
  });

  it("are read again when other files take the place of theirs", () => {
    const certificates = open();
    mkdirSync(path("new"));
    put("next", path("new"));
    for (const name of ["tls.crt", "tls.key"]) renameSync(join(path("new"), name), path(name));
    for (let look = 0; look < 2; look++) certificates.check();
    expect(certificates.current.subject).toBe("CN=next");
  });

  it("are read again when a symbolic link leads elsewhere, as in a volume of Kubernetes", () => {
    for (const [name, pair] of Object.entries({ "2029": "server", "2030": "next" })) {
      mkdirSync(path(name));
      put(pair, path(name));
    }
    mkdirSync(path("mount"));
    symlinkSync("../2029", path("mount/..data"));
    for (const name of ["tls.crt", "tls.key"]) symlinkSync(`..data/${name}`, path(`mount/${name}`));
    const certificates = open({ from: path("mount") });
    expect(certificates.current.subject).toBe("CN=server");
    symlinkSync("../2030", path("mount/..tmp"));
    renameSync(path("mount/..tmp"), path("mount/..data"));
    for (let look = 0; look < 2; look++) certificates.check();
    expect(certificates.current.subject).toBe("CN=next");
  });

  it.each([
    ["a key of another pair", () => copyFileSync(testTlsFile("next.key"), path("tls.key")), "do not make a pair"],
    ["no PEM", () => writeFileSync(path("tls.crt"), "not a certificate"), "holds no certificate in PEM"],
    [
      "a damaged certificate",
      () => writeFileSync(path("tls.crt"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
      "cannot be read",
    ],
    ["no file", () => rmSync(path("tls.key")), "tls.key"],
    ["an end that is past", () => put("expired"), "ended at 2021-01-01T00:00:00.000Z"],
  ])("stay when the new ones cannot be used, and that is told once: %s", (_, damage, problem) => {
    const certificates = open();
    damage();
    for (let look = 0; look < 5; look++) certificates.check();
    expect(told).toEqual([expect.stringMatching(/^refused /)]);
    expect(told[0]).toContain(problem);
    expect(certificates.current.subject).toBe("CN=server");
    put("next");
    for (let look = 0; look < 2; look++) certificates.check();
    expect([told.at(-1), certificates.current.subject]).toEqual(["loaded CN=next", "CN=next"]);
  });

  it("that begin later are taken then", () => {
    nowMs = Date.parse("2020-06-01T00:00:00Z");
    const certificates = open();
    put("next");
    for (let look = 0; look < 3; look++) certificates.check();
    expect(told).toEqual([expect.stringMatching(/^refused .* begins at 20/)]);
    nowMs = NOW_MS;
    certificates.check();
    expect(told.at(-1)).toBe("loaded CN=next");
  });

  it("are read at once when somebody asks, and a refusal is told each time", () => {
    const certificates = open();
    put("next");
    certificates.reload();
    copyFileSync(testTlsFile("server.key"), path("tls.key"));
    certificates.reload();
    certificates.reload();
    const refused = expect.stringContaining("refused tls.cert");
    expect([told, certificates.current.subject]).toEqual([["loaded CN=next", refused, refused], "CN=next"]);
  });

  it("need authorities of clients that can be read", () => {
    writeFileSync(path("ca.pem"), TEST_TLS.ca);
    const certificates = open({ clientCa: path("ca.pem") });
    writeFileSync(path("ca.pem"), "nobody");
    certificates.reload();
    expect(told).toEqual([expect.stringContaining("tls.client_ca")]);
    expect(certificates.current.material.clientCa).toEqual(TEST_TLS.ca);
    writeFileSync(path("ca.pem"), TEST_TLS.nextCa);
    certificates.reload();
    expect(certificates.current.material.clientCa).toEqual(TEST_TLS.nextCa);
  });

  it("do not let a server start that cannot use them", () => {
    writeFileSync(path("tls.crt"), "");
    expect(() => open()).toThrow("holds no certificate");
    rmSync(path("tls.crt"));
    expect(() => open()).toThrow(`tls.cert ${path("tls.crt")} cannot be read`);
  });

  it("are spoken of once a day when they end soon, until others are there", () => {
    const endMs = Date.parse("2126-10-29T13:08:49Z");
    nowMs = endMs - 15 * DAY_MS;
    const certificates = open();
    certificates.check();
    expect(told).toEqual([]);
    nowMs += 2 * DAY_MS;
    for (let look = 0; look < 3; look++) certificates.check();
    expect(told).toEqual(["expiring CN=server"]);
    nowMs += DAY_MS;
    certificates.check();
    expect(told).toHaveLength(2);
  });
});
