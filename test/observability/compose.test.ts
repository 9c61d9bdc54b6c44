import { posix } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readDashboard } from "./dashboard.js";
import { isThere, readCompose, readDataSources, textOf, withDefaults } from "./files.js";

const compose = readCompose();
const services = Object.entries(compose.services);
const dataSources = readDataSources();
const prometheus = parse(textOf("prometheus/prometheus.yml"));
const loki = parse(textOf("deploy/loki.yml"));
const alloy = textOf("deploy/config.alloy");

/** Ports that each container listens on: ours and Loki's as their files say, the others as their images do. */
const PORTS: Readonly<Record<string, readonly number[]>> = {
  vecstore: exposedPorts(),
  prometheus: [9090],
  jaeger: [16686, 4317, 4318],
  loki: [loki.server.http_listen_port],
  grafana: [3000],
};

function exposedPorts(): readonly number[] {
  return [...textOf("Dockerfile").matchAll(/^EXPOSE (.+)$/gm)].flatMap(([, ports]) => ports!.split(" ").map(Number));
}

/** `HOST:CONTAINER:ro` of each service. */
const mounts = services.flatMap(([service, { volumes = [] }]) =>
  volumes.map((volume) => {
    const [source, target] = volume.split(":") as [string, string];
    return { service, source, target };
  }),
);

/** What a path in a container is in the repository: a mounted file or folder, or something below one. */
function inRepository(service: string, path: string): string | undefined {
  const mount = mounts.find(
    (one) => one.service === service && (path === one.target || path.startsWith(`${one.target}/`)),
  );
  return mount?.source.startsWith("./") ? posix.join(mount.source, path.slice(mount.target.length)) : undefined;
}

/** Whether a container has a file: from the repository, or from the configs of the compose file. */
function hasFile(service: string, path: string): boolean {
  const configs = compose.services[service]!.configs ?? [];
  if (configs.some(({ target }) => target === path)) return true;
  const file = inRepository(service, path);
  return file !== undefined && isThere(file);
}

describe("docker-compose.yml", () => {
  // The schema names itself by https, which is not the name that validators know draft 7 by.
  const { $schema: _, ...schema } = JSON.parse(textOf("third_party/compose-spec/compose-spec.json"));
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);

  it("is what the published schema of compose files allows", () => {
    expect(validate(compose) ? [] : validate.errors).toEqual([]);
    // So that a schema which allows everything does not pass for nothing.
    const wrong = { ...compose, services: { ...compose.services, extra: { image: "x", port: ["80:80"] } } };
    expect(validate(wrong)).toBe(false);
  });

  it("has what watches a server, each image of an exact version", () => {
    expect(Object.keys(compose.services)).toEqual(
      expect.arrayContaining(["vecstore", "prometheus", "grafana", "jaeger", "loki"]),
    );
    for (const [name, { image, build }] of services) {
      if (build === undefined) expect(image, name).toMatch(/:v?\d+\.\d+\.\d+$/);
      else expect(isThere(`${build}/Dockerfile`), name).toBe(true);
    }
  });

  it("waits for, mounts and configures only what it has", () => {
    const defined = [...Object.keys(compose.services)];
    for (const [name, service] of services) {
      for (const other of service.depends_on ?? []) expect(defined, `${name} depends on ${other}`).toContain(other);
      for (const { source } of service.configs ?? []) expect(Object.keys(compose.configs), name).toContain(source);
    }
    const named = mounts.map(({ source }) => source).filter((source) => !/^[./]/.test(source));
    expect(named.sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  it("mounts files and folders that are there", () => {
    const files = mounts.map(({ source }) => source).filter((source) => source.startsWith("./"));
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !isThere(file))).toEqual([]);
  });

  it("opens ports on this machine only, and only ports that something listens on", () => {
    for (const [name, { ports = [] }] of services) {
      for (const port of ports) {
        const [host, outside, inside] = port.split(":");
        expect(host, `${name} ${port}`).toBe("127.0.0.1");
        expect(outside, `${name} ${port}`).toBe(inside);
        expect(PORTS[name], `${name} ${port}`).toContain(Number(inside));
      }
    }
  });
});

describe("what the containers are told", () => {
  it("names services by the ports that they listen on", () => {
    const environment = services.flatMap(([, service]) => Object.values(service.environment ?? {}));
    const texts = [...dataSources.map(({ url }) => url), ...environment, alloy];
    const targets: string[] = prometheus.scrape_configs.flatMap((job: { static_configs: { targets: string[] }[] }) =>
      job.static_configs.flatMap((config) => config.targets),
    );
    const urls = texts.flatMap((text) =>
      [...text.matchAll(/https?:\/\/([\w.-]+:\d+)/g)].map(([, authority]) => authority!),
    );
    expect(targets).toEqual(["vecstore:8080"]);
    expect(urls.length).toBe(dataSources.length + 2);
    for (const authority of [...targets, ...urls]) {
      const [service, port] = authority.split(":") as [string, string];
      expect(PORTS[service], authority).toContain(Number(port));
    }
  });

  it.each([
    ["prometheus", /--config\.file=(\S+)/],
    ["loki", /-config\.file=(\S+)/],
    ["alloy", /(\/\S+\.alloy)/],
  ])("gives %s a configuration file that it has", (service, pattern) => {
    const [, path] = pattern.exec(compose.services[service]!.command!.join(" "))!;
    expect(hasFile(service, path!), path).toBe(true);
  });

  it("gives Prometheus the rules and the key that its configuration names", () => {
    const beside = (path: string) => posix.join("/etc/prometheus", path);
    const { credentials_file } = prometheus.scrape_configs[0].authorization;
    for (const path of [...prometheus.rule_files, credentials_file]) {
      expect(hasFile("prometheus", beside(path)), path).toBe(true);
    }
  });

  it("gives Grafana its data sources, and a dashboard where its provisioning and its first page look", () => {
    expect(inRepository("grafana", "/etc/grafana/provisioning/datasources/vecstore.yml")).toBe(
      "deploy/grafana/datasources.yml",
    );
    expect(inRepository("grafana", "/etc/grafana/provisioning/dashboards/vecstore.yml")).toBe(
      "deploy/grafana/dashboards.yml",
    );
    const [provider] = parse(textOf("deploy/grafana/dashboards.yml")).providers;
    expect(inRepository("grafana", provider.options.path)).toBe("grafana");
    const home = compose.services.grafana!.environment!.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH!;
    expect(inRepository("grafana", home)).toBe("grafana/vecstore-dashboard.json");
    expect(posix.dirname(home)).toBe(provider.options.path);
  });

  it("names data sources by the uids that are provisioned", () => {
    const typeOf = new Map(dataSources.map(({ uid, type }) => [uid, type]));
    expect([...typeOf.values()].sort()).toEqual(["jaeger", "loki", "prometheus"]);
    const chosen = readDashboard().templating.list.find(({ name }) => name === "datasource")!;
    expect(typeOf.get(chosen.current.value as string)).toBe(chosen.query);
    for (const { jsonData } of dataSources) {
      for (const { datasourceUid } of jsonData.derivedFields ?? []) expect(typeOf.get(datasourceUid)).toBe("jaeger");
      if (jsonData.tracesToLogsV2) expect(typeOf.get(jsonData.tracesToLogsV2.datasourceUid)).toBe("loki");
    }
    expect(dataSources.find(({ type }) => type === "prometheus")!.jsonData.timeInterval).toBe(
      prometheus.global.scrape_interval,
    );
  });

  it("lets Prometheus in with the key that the server knows", () => {
    const { environment } = compose.services.vecstore!;
    const [key] = JSON.parse(environment!.VECSTORE_AUTH_KEYS!);
    expect(key).toEqual({ name: "prometheus", env: "VECSTORE_METRICS_KEY", role: "metrics" });
    expect(compose.configs["metrics-key"]!.content).toBe(environment!.VECSTORE_METRICS_KEY);
    expect(withDefaults(environment!.VECSTORE_METRICS_KEY!)).not.toBe("");
  });
});

describe("what Loki gets", () => {
  it("comes from the container of the compose file, under the label that traces look for", () => {
    expect(alloy).toContain(`"com.docker.compose.project=${compose.name}"`);
    const [, service] = /com\.docker\.compose\.service=(\w+)/.exec(alloy)!;
    expect(Object.keys(compose.services)).toContain(service);
    const [, label, value] = /labels\s*= \{"(\w+)" = "(\w+)"\}/.exec(alloy)!;
    const { query } = dataSources.find(({ type }) => type === "jaeger")!.jsonData.tracesToLogsV2!;
    expect(query).toContain(`{${label}="${value}"}`);
  });

  it("is the log, not what is printed for people, such as the admin key of a first start", () => {
    const [, dropped] = /stage\.drop \{\s+expression\s+= "([^"]+)"/.exec(alloy)!;
    const isDropped = (line: string) => new RegExp(dropped!).test(line);
    expect(["vecstore: there is no admin key …", "    vs_0123_key"].map(isDropped)).toEqual([true, true]);
    expect(isDropped('{"level":"info","time":1,"msg":"ready"}')).toBe(false);
    // Lines without anything, and all that only begins like the log.
    expect(alloy).toMatch(/drop_malformed\s+= true/);
  });
});
