import { type Protocol, type TlsOptions, VecStoreClient } from "@vecstore/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer, TLS, TLS_CLIENT } from "./harness/server.js";

const { ca, cert, key } = TLS_CLIENT;
const KEY = "client-tls-admin-key";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ ...TLS, tlsClientCa: TLS_CLIENT.caFile, adminKey: KEY });
});
afterAll(() => server.stop());

function open(protocol: Protocol, tls: TlsOptions | undefined): VecStoreClient {
  const address = `https://localhost:${server.port}`;
  return new VecStoreClient(address, { protocol, tls, apiKey: KEY, namespace: protocol, retries: false });
}

describe.each<Protocol>(["connect", "grpc-web", "grpc"])("the client over TLS, for %s", (protocol) => {
  it("calls and streams in both directions with its certificate", async () => {
    const client = open(protocol, { ca, cert, key });
    await client.createNamespace(protocol, { dimension: 2 });
    await client.upsert([{ id: "a", vector: [1, 0] }]);
    expect(await client.import([{ id: "b", vector: [0, 1] }])).toMatchObject({ imported: 1 });
    const ids: string[] = [];
    for await (const { id } of client.queryStream([1, 0])) ids.push(id);
    expect(ids).toEqual(["a", "b"]);
    await expect(client.query([1])).rejects.toMatchObject({ reason: "DIMENSION_MISMATCH" });
    client.close();
  });

  it("is refused without its certificate, and trusts no authority that it does not know", async () => {
    const stranger = open(protocol, { ca });
    await expect(stranger.count()).rejects.toMatchObject({ code: "unavailable" });
    stranger.close();
    const distrustful = open(protocol, { cert, key });
    await expect(distrustful.count()).rejects.toMatchObject({ reason: "TLS_FAILED", retryable: false });
    distrustful.close();
  });
});
