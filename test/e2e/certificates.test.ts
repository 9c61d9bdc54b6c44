import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sendHttp } from "./harness/http.js";
import { Load } from "./harness/load.js";
import { byName, VecstoreProcess } from "./harness/process.js";
import {
  certificateFile,
  readMetric,
  startTestServer,
  type TestServer,
  TLS_BOTH_CAS,
  until,
} from "./harness/server.js";

/** Requests of each kind of client between two changes. */
const BETWEEN_CHANGES = 4;

let folder: string;
const ends: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vecstore-tls-"));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(folder, { recursive: true, force: true });
});

/** A folder as Kubernetes makes it: `tls.crt` leads to `..data/tls.crt`, and `..data` to the newest folder. */
class Volume {
  readonly mount = join(folder, "mount");
  readonly cert = join(this.mount, "tls.crt");
  readonly key = join(this.mount, "tls.key");
  #versions = 0;

  constructor(pair: string) {
    mkdirSync(this.mount);
    this.put(pair);
    for (const name of ["tls.crt", "tls.key"]) symlinkSync(`..data/${name}`, join(this.mount, name));
  }

  put(pair: string): void {
    const version = join(this.mount, `..${this.#versions++}`);
    mkdirSync(version);
    copyFileSync(certificateFile(`${pair}.pem`), join(version, "tls.crt"));
    copyFileSync(certificateFile(`${pair}.key`), join(version, "tls.key"));
    symlinkSync(version, join(this.mount, "..new"));
    renameSync(join(this.mount, "..new"), join(this.mount, "..data"));
  }
}

const linesOf = (server: TestServer, msg: string) => server.logged.filter((line) => line.msg === msg);

async function startLoad(target: { readonly url: string }): Promise<Load> {
  const load = new Load({ ...target, ca: TLS_BOTH_CAS }, 1);
  ends.push(() => load.stop());
  await until("the load runs", () => load.progress() >= BETWEEN_CHANGES);
  return load;
}

async function goOn(load: Load): Promise<void> {
  const mark = load.mark();
  await until("the load goes on", () => load.progress(mark) >= BETWEEN_CHANGES);
}

describe("certificates that are replaced under load", () => {
  test("are what new connections get, and fail no request of gRPC or HTTP/1.1", async () => {
    const volume = new Volume("server");
    const server = await startTestServer({ tlsCert: volume.cert, tlsKey: volume.key, tlsReloadIntervalMs: 100 });
    ends.push(() => server.stop());
    await server.ask("Upsert", { records: [{ id: "a", vector: [1, 0] }] });
    const load = await startLoad(server);
    for (const [at, pair] of ["next", "server", "next"].entries()) {
      volume.put(pair);
      await until(`${pair} is in use`, () => linesOf(server, "certificates_loaded").length > at);
      await goOn(load);
    }
    writeFileSync(volume.key, "no key");
    await until("a broken pair is refused", () => linesOf(server, "certificates_refused").length > 0);
    await goOn(load);
    await load.stop();
    expect(load.of().filter(({ outcome }) => outcome !== "200" && outcome !== "grpc 0")).toEqual([]);
    const subjects = (name: string) => load.of(name).map(({ subject }) => subject);
    // Each new connection shows the certificate of its time; a connection that is kept stays with its own.
    const changes = subjects("HTTP/1.1, new connections").filter((each, at, all) => at > 0 && each !== all[at - 1]);
    expect(changes.at(-1)).toBe("next");
    expect(changes.length).toBeGreaterThanOrEqual(3);
    expect(new Set(subjects("HTTP/1.1, kept alive"))).toEqual(new Set(["server"]));
    const page = await sendHttp({ ...server, ca: TLS_BOTH_CAS }, { method: "GET", path: "/metrics" });
    expect(await readMetric(page.body.toString(), "vecstore_tls_loads_total", { outcome: "loaded" })).toBe(4);
    expect(await readMetric(page.body.toString(), "vecstore_tls_loads_total", { outcome: "refused" })).toBe(1);
    const endSeconds = await readMetric(page.body.toString(), "vecstore_tls_certificate_end_seconds");
    expect(endSeconds).toBeGreaterThan(Date.now() / 1_000);
  });

  test("are taken at once on SIGHUP", async () => {
    const volume = new Volume("server");
    const tls = ["--tls-cert", volume.cert, "--tls-key", volume.key, "--tls-reload-interval", "1h"];
    const process = await VecstoreProcess.serve(join(folder, "data"), tls);
    ends.push(() => process.kill());
    const load = await startLoad(byName(process.target));
    volume.put("next");
    process.signal("SIGHUP");
    await process.prints('"msg":"certificates_loaded"');
    await goOn(load);
    volume.put("expired");
    process.signal("SIGHUP");
    expect(await process.prints('"msg":"certificates_refused"')).toContain("ended at 2021");
    await goOn(load);
    await load.stop();
    expect(load.of("HTTP/1.1, new connections").at(-1)).toMatchObject({ outcome: "200", subject: "next" });
    expect(load.of().filter(({ isAnswered }) => !isAnswered)).toEqual([]);
  });

  test("do not let a server start with a pair that does not fit", async () => {
    const tls = ["--tls-cert", certificateFile("server.pem"), "--tls-key", certificateFile("next.key")];
    const process = VecstoreProcess.run(["serve", "--listen", "127.0.0.1:0", "--data", join(folder, "data"), ...tls]);
    ends.push(() => process.kill());
    expect(await process.ended()).toBe(1);
    expect(process.stderr).toMatch(/^vecstore: tls\.cert .* and tls\.key .* do not make a pair: /);
  });
});
