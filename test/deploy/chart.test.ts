import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { HELM, KUBERNETES_VERSIONS } from "../../scripts/deploy-tools.mjs";
import { REPOSITORY } from "../tidy/tree.js";
import { CHART, EVERYTHING, type KubeObject, notes, only, refusalOf, render } from "./chart.js";
import { startFakeCluster } from "./fake-cluster.js";
import { run } from "./run.js";

const SELECTOR = { "app.kubernetes.io/name": "vecstore", "app.kubernetes.io/instance": "r" };

const containerOf = (set: KubeObject) => set.spec.template.spec.containers[0];
const kindsOf = (objects: readonly KubeObject[]) => objects.map(({ kind }) => kind).sort();

test.each(KUBERNETES_VERSIONS)("helm lint has nothing to say for Kubernetes %s", async (version) => {
  for (const values of [[], ["--values", EVERYTHING]]) {
    const { stdout } = await run(HELM, ["lint", "--strict", "--kube-version", version, CHART, ...values]);
    expect(stdout).toContain("1 chart(s) linted, 0 chart(s) failed");
    expect(stdout).not.toMatch(/WARNING|ERROR/);
  }
});

describe("the chart as it is", () => {
  test("has one server with a volume, closed, behind a service, and nothing of Prometheus's or an ingress's", async () => {
    const objects = await render();
    expect(kindsOf(objects)).toEqual(
      [
        "ConfigMap",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Secret",
        "Service",
        "Service",
        "ServiceAccount",
        "StatefulSet",
      ].sort(),
    );
    const set = only(objects, "StatefulSet");
    expect(set.spec.replicas).toBe(1);
    expect(containerOf(set).image).toBe("vecstore/vecstore:0.1.0");
    const admin = Buffer.from(only(objects, "Secret").data["admin-key"], "base64").toString();
    expect(admin).toMatch(/^[A-Za-z0-9]{40}$/);
  });

  test("runs as nobody in particular, with nothing to write but its volume and no token", async () => {
    const pod = only(await render(), "StatefulSet").spec.template.spec;
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        fsGroup: 1000,
        seccompProfile: { type: "RuntimeDefault" },
      },
    });
    expect(pod.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  test("is restarted when the process hangs, and gets queries when they run", async () => {
    const { startupProbe, livenessProbe, readinessProbe } = containerOf(only(await render(), "StatefulSet"));
    const paths = [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet);
    expect(paths.map(({ path }) => path)).toEqual(["/health", "/health", "/ready"]);
    expect(paths.map(({ port }) => port)).toEqual(["http", "http", "http"]);
  });

  test("takes connections on its two ports only, and reaches nothing but names", async () => {
    const { ingress, egress, policyTypes, podSelector } = only(await render(), "NetworkPolicy").spec;
    expect(podSelector.matchLabels).toEqual(SELECTOR);
    expect(policyTypes).toEqual(["Ingress", "Egress"]);
    expect(ingress).toEqual([{ ports: [{ port: "grpc" }, { port: "http" }] }]);
    expect(egress.flatMap(({ ports }: KubeObject) => ports.map(({ port }: KubeObject) => port))).toEqual([53, 53]);
  });
});

describe("--set replicas=3 --set storage.size=100Gi", () => {
  const THREE = ["--set", "replicas=3", "--set", "storage.size=100Gi"];

  test("renders three servers with 100 GiB each", async () => {
    const { spec } = only(await render(...THREE), "StatefulSet");
    expect(spec.replicas).toBe(3);
    expect(spec.volumeClaimTemplates).toHaveLength(1);
    expect(spec.volumeClaimTemplates[0].spec.resources.requests.storage).toBe("100Gi");
    expect(containerOf({ spec }).volumeMounts[0]).toEqual({ name: "data", mountPath: "/data" });
  });

  test("leads clients to the first one only, and to each by a name of its own", async () => {
    const objects = await render(...THREE);
    const [set, client] = [only(objects, "StatefulSet"), only(objects, "Service", "r-vecstore")];
    const headless = only(objects, "Service", "r-vecstore-headless");
    expect(client.spec.selector).toEqual({ ...SELECTOR, "statefulset.kubernetes.io/pod-name": "r-vecstore-0" });
    expect(client.spec.selector["statefulset.kubernetes.io/pod-name"]).toBe(`${set.metadata.name}-0`);
    expect(headless.spec).toMatchObject({ clusterIP: "None", publishNotReadyAddresses: true, selector: SELECTOR });
    expect(set.spec.serviceName).toBe(headless.metadata.name);
    expect(set.spec.template.metadata.labels).toEqual(SELECTOR);
    expect(set.spec.selector.matchLabels).toEqual(SELECTOR);
  });

  test("says that there is no replication, and the names of the others", async () => {
    const text = await notes(...THREE);
    expect(text).toContain("NO REPLICATION");
    for (const at of [1, 2]) expect(text).toContain(`r-vecstore-${at}.r-vecstore-headless.data.svc`);
    expect(text).not.toContain("r-vecstore-3");
    expect(await notes()).not.toContain("REPLICATION");
  });
});

describe("a stop", () => {
  test.each([
    [[], 65, "30s", "5"],
    [["--set", "shutdown.drainSeconds=120", "--set", "shutdown.preStopSeconds=0"], 150, "120s", undefined],
  ] as const)("has the time that the server takes: %j", async (flags, grace, drain, sleep) => {
    const { spec } = only(await render(...flags), "StatefulSet").spec.template;
    expect(spec.terminationGracePeriodSeconds).toBe(grace);
    const { env, lifecycle } = spec.containers[0];
    expect(env).toContainEqual({ name: "VECSTORE_DRAIN_TIMEOUT", value: drain });
    expect(lifecycle?.preStop.exec.command[1]).toBe(sleep);
  });
});

describe("keys", () => {
  const secretOf = (objects: readonly KubeObject[]) => {
    const { data } = only(objects, "Secret") as { data: Record<string, string> };
    return Object.fromEntries(
      Object.entries(data).map(([name, text]) => [name, Buffer.from(text, "base64").toString()]),
    );
  };

  test("lie in a Secret, which the server reads by variables; digests lie in its file", async () => {
    const objects = await render("--values", EVERYTHING);
    expect(secretOf(objects)).toEqual({
      "admin-key": "an-admin-key-of-the-tests",
      "metrics-key": "a-metrics-key-of-the-tests",
      "key-ingest": "a-writer-key-of-the-tests",
    });
    const secrets = containerOf(only(objects, "StatefulSet")).env.flatMap(({ name, valueFrom }: KubeObject) =>
      valueFrom ? [[name, valueFrom.secretKeyRef]] : [],
    );
    expect(Object.fromEntries(secrets)).toEqual({
      VECSTORE_ADMIN_KEY: { name: "r-vecstore-keys", key: "admin-key" },
      VECSTORE_METRICS_KEY: { name: "r-vecstore-keys", key: "metrics-key" },
      VECSTORE_KEY_0: { name: "r-vecstore-keys", key: "key-ingest" },
    });
    const others = JSON.stringify(objects.filter(({ kind }) => kind !== "Secret"));
    expect(others).not.toMatch(/-key-of-the-tests/);
  });

  test("come from a Secret that is there already, and then none is made", async () => {
    const key = "auth.keys[0]";
    const flags = [`${key}.name=app`, `${key}.role=reader`, `${key}.namespaces={docs}`, `${key}.secretKey=app`];
    const objects = await render(...["auth.existingSecret=mine", ...flags].flatMap((each) => ["--set", each]));
    expect(kindsOf(objects)).not.toContain("Secret");
    const { env } = containerOf(only(objects, "StatefulSet"));
    expect(env).toContainEqual({
      name: "VECSTORE_KEY_0",
      valueFrom: { secretKeyRef: { name: "mine", key: "app" } },
    });
  });

  test.each([
    ["stay as they are in an upgrade", { "admin-key": "made before", "metrics-key": "made too" }],
    ["are new where the release has none yet", undefined],
  ])("of the chart's own making %s", async (_, made) => {
    const encoded = made && Object.entries(made).map(([name, text]) => [name, Buffer.from(text).toString("base64")]);
    const cluster = await startFakeCluster(encoded && Object.fromEntries(encoded));
    try {
      const objects = await render(...cluster.flags, "--set", "metrics.serviceMonitor.enabled=true");
      const fresh = {
        "admin-key": expect.stringMatching(/^\w{40}$/),
        "metrics-key": expect.stringMatching(/^\w{40}$/),
      };
      expect(secretOf(objects)).toEqual(made ?? fresh);
    } finally {
      await cluster.close();
    }
  });

  test("make the servers start anew when they change", async () => {
    const annotationsOf = async (...flags: string[]) =>
      only(await render(...flags), "StatefulSet").spec.template.metadata.annotations;
    const before = await annotationsOf();
    expect(await annotationsOf()).toEqual(before);
    const changed = await annotationsOf("--set", "auth.adminKey=another-admin-key");
    expect(changed["checksum/keys"]).not.toBe(before["checksum/keys"]);
    const configured = await annotationsOf("--set", "config.threads=2");
    expect(configured["checksum/config"]).not.toBe(before["checksum/config"]);
  });
});

describe("TLS", () => {
  const TLS = ["--set", "tls.enabled=true", "--set", "tls.secretName=certificate"];

  test("is mounted so that a renewed certificate appears, for the server's group to read", async () => {
    const objects = await render(...TLS, "--set", "tls.clientCaKey=ca.crt");
    const pod = only(objects, "StatefulSet").spec.template.spec;
    expect(pod.volumes).toContainEqual({ name: "tls", secret: { secretName: "certificate", defaultMode: 0o440 } });
    const mount = pod.containers[0].volumeMounts.find(({ name }: KubeObject) => name === "tls");
    expect(mount).toEqual({ name: "tls", mountPath: "/etc/vecstore/tls", readOnly: true });
    const file = only(objects, "ConfigMap").data["vecstore.yaml"];
    for (const name of ["tls.crt", "tls.key", "ca.crt"]) expect(file).toContain(`/etc/vecstore/tls/${name}`);
  });

  test("is what the ingress and Prometheus are told", async () => {
    const on = ["ingress.grpc.enabled=true", "ingress.grpc.host=a.example.com", "metrics.serviceMonitor.enabled=true"];
    const objects = await render(...TLS, ...on.flatMap((each) => ["--set", each]));
    const protocol = "nginx.ingress.kubernetes.io/backend-protocol";
    expect(only(objects, "Ingress").metadata.annotations[protocol]).toBe("GRPCS");
    expect(only(objects, "ServiceMonitor").spec.endpoints[0]).toMatchObject({
      scheme: "https",
      tlsConfig: { serverName: "r-vecstore.data.svc", ca: { secret: { name: "certificate", key: "ca.crt" } } },
    });
  });
});

describe("an ingress", () => {
  const BOTH = ["http", "grpc"].flatMap((door) => [
    ...["--set", `ingress.${door}.enabled=true`],
    ...["--set", `ingress.${door}.host=${door}.example.com`],
    ...["--set", `ingress.${door}.tlsSecretName=${door}-tls`],
  ]);

  test.each(["http", "grpc"])("leads %s to the client service's port of that name", async (door) => {
    const { metadata, spec } = only(await render(...BOTH), "Ingress", `r-vecstore-${door}`);
    expect(metadata.annotations["nginx.ingress.kubernetes.io/backend-protocol"]).toBe(door.toUpperCase());
    expect(spec.tls).toEqual([{ hosts: [`${door}.example.com`], secretName: `${door}-tls` }]);
    expect(spec.rules).toHaveLength(1);
    expect(spec.rules[0].host).toBe(`${door}.example.com`);
    expect(spec.rules[0].http.paths[0].backend).toEqual({ service: { name: "r-vecstore", port: { name: door } } });
  });

  test("tells Traefik by the service, and other controllers nothing", async () => {
    const traefik = await render(...BOTH, "--set", "ingress.controller=traefik");
    const scheme = { "traefik.ingress.kubernetes.io/service.serversscheme": "h2c" };
    expect(only(traefik, "Service", "r-vecstore").metadata.annotations).toEqual(scheme);
    const other = await render(...BOTH, "--set", "ingress.controller=other");
    expect(JSON.stringify([...traefik, ...other])).not.toContain("nginx");
    expect(JSON.stringify(other)).not.toContain("traefik");
  });
});

describe("for Prometheus and Grafana", () => {
  test("every server is scraped once, with the key of the role metrics", async () => {
    const objects = await render("--set", "metrics.serviceMonitor.enabled=true");
    const { selector, endpoints } = only(objects, "ServiceMonitor").spec;
    const isSelected = ({ metadata }: KubeObject) =>
      Object.entries(selector.matchLabels).every(([name, value]) => metadata.labels[name] === value);
    const selected = objects.filter(({ kind }) => kind === "Service").filter(isSelected);
    expect(selected.map(({ metadata }) => metadata.name)).toEqual(["r-vecstore-headless"]);
    expect(endpoints[0]).toMatchObject({ port: "http", path: "/metrics" });
    expect(endpoints[0].relabelings).toEqual([{ targetLabel: "job", replacement: "vecstore" }]);
    const { name, key } = endpoints[0].authorization.credentials;
    const secret = only(objects, "Secret", name).data[key];
    expect(Buffer.from(secret, "base64").toString()).toMatch(/^[A-Za-z0-9]{40}$/);
  });

  test("the alerts and the dashboards are what the repository has", async () => {
    const objects = await render("--values", EVERYTHING);
    const alerts = parse(readFileSync(join(REPOSITORY, "prometheus/alerts.yml"), "utf8"));
    expect(only(objects, "PrometheusRule").spec).toEqual(alerts);
    const dashboard = readFileSync(join(REPOSITORY, "grafana/vecstore-dashboard.json"), "utf8");
    const { data, metadata } = only(objects, "ConfigMap", "r-vecstore-dashboards");
    expect(JSON.parse(data["vecstore-dashboard.json"])).toEqual(JSON.parse(dashboard));
    expect(metadata.labels.grafana_dashboard).toBe("1");
  });
});

describe("values that cannot be", () => {
  test.each([
    ["replicaz=3", "additional properties 'replicaz' not allowed"],
    ["replicas=0", "at '/replicas': minimum"],
    ["storage.size=lots", "at '/storage/size'"],
    ["storage.accessModes={ReadWriteMany}", "at '/storage/accessModes/0'"],
    ["tls.enabled=true", "at '/tls/secretName'"],
    ["ingress.grpc.enabled=true", "at '/ingress/grpc/host'"],
    ["config.drain_timeout=1s", "at '/config'"],
    ["config.tls.cert=x", "at '/config/tls'"],
    ["auth.adminKey=short", "at '/auth/adminKey'"],
    ["auth.keys[0].name=a", "at '/auth/keys/0'"],
    ["image.pullPolicy=Sometimes", "at '/image/pullPolicy'"],
  ])("are refused by the schema: %s", async (value, words) => {
    expect(await refusalOf("--set", value)).toContain(words);
  });

  test.each([
    ["auth.existingSecret=mine,auth.keys[0].key=a-key-of-sixteen", "auth.existingSecret is set"],
    ["auth.keys[0].secretKey=app", "which is of auth.existingSecret"],
  ])("are refused by the chart: %s", async (values, words) => {
    const key = ["auth.keys[0].name=app", "auth.keys[0].role=reader", "auth.keys[0].namespaces={docs}"];
    expect(await refusalOf(...[...key, values].flatMap((each) => ["--set", each]))).toContain(words);
  });
});
