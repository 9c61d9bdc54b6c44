import { describe, expect, it } from "vitest";
import { envOf, flagOf, SETTING_NAMES, settingOf } from "./config/settings.js";
import { addressesOf, ConfigError, defaultSettings, loadConfig } from "./config.js";

const load = (args: string[] = [], env: Record<string, string> = {}, file?: string) =>
  loadConfig({ args, env, readFile: () => file ?? "" });

describe("loadConfig", () => {
  it("takes the defaults when nothing is said", () => {
    const { settings, sources } = load();
    expect(settings).toEqual(defaultSettings());
    expect(new Set(Object.values(sources))).toEqual(new Set(["default"]));
    expect(addressesOf(settings)).toEqual([{ host: "127.0.0.1", port: 8080 }]);
  });

  it("lets a flag win over the environment, that over the file, that over the default", () => {
    const file = "data: /file\nthreads: 3\nfsync: never\n";
    const env = { VECSTORE_CONFIG: "x.yaml", VECSTORE_DATA: "/env", VECSTORE_THREADS: "2" };
    const { settings, sources } = load(["--data", "/flag"], env, file);
    expect([settings.data, settings.threads, settings.fsync]).toEqual(["/flag", 2, "never"]);
    expect(sources).toMatchObject({
      data: "flag --data",
      threads: "environment VECSTORE_THREADS",
      fsync: "file x.yaml",
      logLevel: "default",
    });
  });

  it("reads nested keys, lists, switches and flags with an equals sign", () => {
    const { settings } = load(
      ["--config", "c.yaml", "--listen=:9000", "--listen", "[::1]:9001", "--insecure"],
      {},
      "tls: {cert: a.pem, key: b.pem}\ncors:\n  origins: [https://a.example, https://b.example]\n",
    );
    expect(settings.listen).toEqual([
      { host: "0.0.0.0", port: 9000 },
      { host: "::1", port: 9001 },
    ]);
    expect(settings.insecure).toBe(true);
    expect(settings.tlsCert).toBe("a.pem");
    expect(settings.corsOrigins).toEqual(["https://a.example", "https://b.example"]);
  });

  it("drops the default address when --grpc or --http is given", () => {
    const { settings } = load(["--grpc", "127.0.0.1:1", "--http", "127.0.0.1:2"]);
    expect(addressesOf(settings).map((at) => at.port)).toEqual([1, 2]);
  });

  it("ignores what Kubernetes injects for a service named vecstore", () => {
    const env = { VECSTORE_PORT: "tcp://10.0.0.1:8080", VECSTORE_SERVICE_HOST: "10.0.0.1" };
    expect(load([], env).settings).toEqual(defaultSettings());
  });

  it.each([
    [["--nope"], /unknown argument --nope; flags: --listen/],
    [["--data"], /--data needs a value/],
    [["--threads", "65"], /threads \(flag --threads\): got "65"; allowed: a whole number 0\.\.64/],
    [["--threads", "1.5"], /threads/],
    [["--listen", "nowhere"], /listen .*HOST:PORT/],
    [["--listen", "h:65536"], /listen .*HOST:PORT/],
    [["--fsync", "0ms"], /fsync/],
    [["--drain-timeout", "10"], /drain_timeout/],
    [["--log-level", "loud"], /allowed: trace, debug/],
    [["--insecure=maybe"], /allowed: true, false/],
    [["--cors-origins", "https://a/b"], /origins/],
    [["--tls-cert", "a"], /tls.cert and tls.key go together/],
    [["--tls-client-ca", "a"], /tls.client_ca needs/],
  ])("refuses %j", (args, message) => {
    expect(() => load(args)).toThrow(ConfigError);
    expect(() => load(args)).toThrow(message);
  });

  it.each([
    ["nope: 1", /unknown key nope; keys: listen/],
    ["tls: {nope: 1}", /unknown key tls.nope/],
    ["- a", /must hold a YAML mapping/],
    ["a: [", /cannot read the configuration file/],
    ["threads: many", /threads \(file c.yaml\)/],
  ])("refuses the file %j", (file, message) => {
    expect(() => load(["--config", "c.yaml"], {}, file)).toThrow(message);
  });

  it("reads back what it prints, for every setting", () => {
    for (const name of SETTING_NAMES) {
      const { kind, default: value } = settingOf(name);
      const printed = kind.format(value);
      if (printed !== "") expect(kind.parse(printed), name).toEqual(value);
    }
  });

  it("names flags and variables after the key", () => {
    expect(flagOf("tlsClientCa")).toBe("--tls-client-ca");
    expect(envOf("tlsClientCa")).toBe("VECSTORE_TLS_CLIENT_CA");
    expect(new Set(SETTING_NAMES.map(envOf)).size).toBe(SETTING_NAMES.length);
  });
});
