import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterEach, describe, expect, it } from "vitest";
import { NamespaceService } from "../gen/vecstore/v1/namespace_service_pb.js";
import { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import { startTestServer, stopTestServers, type TestServer } from "../testing/server.js";

afterEach(stopTestServers);

const clientsOf = ({ url }: TestServer) => {
  const transport = createConnectTransport({ baseUrl: url, httpVersion: "1.1" });
  return { data: createClient(VecStoreService, transport), admin: createClient(NamespaceService, transport) };
};

const record = (id: number) => ({ id: String(id), vector: [1, id] });
const records = (from: number, count: number) => Array.from({ length: count }, (_, at) => record(from + at));

describe("the export of usage", () => {
  it("gives each namespace once, page by page, with the times of its totals", async () => {
    const { admin, data } = clientsOf(await startTestServer());
    for (const name of ["a", "b", "c", "d"]) await admin.createNamespace({ name, quotas: { maxVectors: 9n } });
    await data.upsert({ namespace: "c", records: records(0, 3) });
    const names: string[] = [];
    let pageToken = "";
    do {
      const page = await admin.exportUsage({ pageSize: 2, pageToken });
      expect(page.usages.length).toBeLessThanOrEqual(2);
      expect(page.exportedAt).toBeDefined();
      for (const { name, countedSince, countedUntil, usage, quotas } of page.usages) {
        names.push(name);
        const { namespace } = await admin.getNamespace({ name });
        expect(countedSince).toEqual(namespace?.createdAt);
        expect(countedUntil!.seconds).toBeGreaterThanOrEqual(countedSince!.seconds);
        if (name !== "c") continue;
        expect([usage?.vectorCount, usage?.writesTotal, usage?.requestsTotal]).toEqual([3n, 1n, 1n]);
        expect(quotas?.maxVectors).toBe(9n);
      }
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(names).toEqual(["a", "b", "c", "d", "default"]);
  });

  it("refuses a page that is too large, and a token that is none", async () => {
    const { admin } = clientsOf(await startTestServer());
    const codeOf = (request: object) => admin.exportUsage(request).then(() => undefined, ConnectError.from);
    expect(await codeOf({ pageSize: 0 })).toMatchObject({ code: Code.InvalidArgument });
    expect(await codeOf({ pageSize: 1_001 })).toMatchObject({ code: Code.InvalidArgument });
    expect(await codeOf({ pageToken: "x" })).toMatchObject({ code: Code.InvalidArgument });
  });
});

describe("metrics of usage", () => {
  it("say what each namespace did, what it stores and how far its quotas are used", async () => {
    const server = await startTestServer();
    const { admin, data } = clientsOf(server);
    await admin.createNamespace({ name: "a", quotas: { maxVectors: 10n, maxBatchSize: 5 } });
    await data.upsert({ namespace: "a", records: records(0, 4) });
    await data.upsert({ namespace: "a", records: records(0, 6) }).catch(() => {});
    await data.count({ namespace: "a" });
    const { usages } = await admin.exportUsage({});
    const usage = usages.find(({ name }) => name === "a")!.usage!;
    const page = await (await fetch(`${server.url}/metrics`)).text();
    const sampleOf = (series: string) =>
      Number(
        page
          .split("\n")
          .find((line) => line.startsWith(`${series} `))
          ?.split(" ")[1],
      );
    expect(sampleOf('vecstore_namespace_requests_total{namespace="a"}')).toBe(3);
    expect(usage.requestsTotal).toBe(3n);
    expect(sampleOf('vecstore_namespace_received_bytes_total{namespace="a"}')).toBe(Number(usage.bytesInTotal));
    expect(sampleOf('vecstore_namespace_sent_bytes_total{namespace="a"}')).toBe(Number(usage.bytesOutTotal));
    expect(usage.bytesInTotal).toBeGreaterThan(50n);
    expect(sampleOf('vecstore_namespace_refusals_total{namespace="a"}')).toBe(1);
    expect(sampleOf('vecstore_refusals_total{reason="BATCH_TOO_LARGE"}')).toBe(1);
    expect(sampleOf('vecstore_quota_utilization_ratio{namespace="a",quota="max_vectors"}')).toBe(0.4);
    expect(sampleOf('vecstore_namespace_vector_seconds_total{namespace="a"}')).toBeGreaterThanOrEqual(0);
    expect(page).not.toContain('vecstore_quota_utilization_ratio{namespace="default"');
    await admin.updateNamespace({ name: "a", clearQuotas: ["max_vectors"] });
    expect(await (await fetch(`${server.url}/metrics`)).text()).not.toContain("vecstore_quota_utilization_ratio{");
  });
});

describe("a warning at 80 % of a quota", () => {
  it("is one line of the log, not one for each request, and a metric", async () => {
    const server = await startTestServer();
    const { admin, data } = clientsOf(server);
    await admin.createNamespace({ name: "a", quotas: { maxVectors: 10n } });
    await data.upsert({ namespace: "a", records: records(0, 7) });
    await data.upsert({ namespace: "a", records: records(7, 1) });
    for (let i = 8; i < 10; i++) await data.upsert({ namespace: "a", records: records(i, 1) });
    const told = () => server.logged.filter(({ msg }) => msg === "quota_warning");
    await expect.poll(told, { timeout: 10_000 }).toHaveLength(1);
    expect(told()[0]).toMatchObject({ namespace: "a", quota: "max_vectors", usage: 8, limit: 10, level: "warn" });
    const page = await (await fetch(`${server.url}/metrics`)).text();
    expect(page).toContain('vecstore_quota_warnings_total{quota="max_vectors"} 1');
  });
});
