import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { sendHttp } from "./harness/http.js";
import { startTestServer, type TestServer, TLS, TLS_CLIENT } from "./harness/server.js";

const servers: TestServer[] = [];
async function start(...args: Parameters<typeof startTestServer>): Promise<TestServer> {
  const server = await startTestServer(...args);
  servers.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const KEY = "an-admin-key-for-tests";
const folders: string[] = [];

const COUNT = { path: "/v1/count", headers: { "content-type": "application/json" }, body: "{}" } as const;

describe("a port with a certificate", () => {
  test("refuses clear text and says what to do, save for probes", async () => {
    const { port } = await start(TLS);
    const plain = { url: `http://127.0.0.1:${port}` };
    for (const version of ["1.1", "2"] as const) {
      const refused = await sendHttp(plain, { ...COUNT, version });
      expect([refused.status, refused.body.toString()]).toEqual([400, expect.stringContaining("https://")]);
      for (const path of ["/health", "/ready"]) {
        expect((await sendHttp(plain, { method: "GET", path, version })).status).toBe(200);
      }
    }
  });

  test("serves clear text too when it may", async () => {
    const { port } = await start({ ...TLS, allowPlaintext: true });
    for (const url of [`http://127.0.0.1:${port}`, `https://localhost:${port}`]) {
      expect((await sendHttp({ url, ca: TLS_CLIENT.ca }, COUNT)).status).toBe(200);
    }
  });

  test("asks for a client's certificate when it has an authority for them", async () => {
    const server = await start({ ...TLS, tlsClientCa: TLS_CLIENT.caFile });
    const handshake = (more: object) =>
      new Promise<string>((resolve) => {
        const socket = connectTls({ host: "localhost", port: server.port, ca: TLS_CLIENT.ca, ...more }, () => {
          socket.write("GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        });
        let text = "";
        socket.on("data", (chunk) => {
          text += chunk;
        });
        socket.on("error", (error: NodeJS.ErrnoException) => resolve(`error ${error.code}`));
        socket.on("close", () => resolve(text));
      });
    expect(await handshake({})).toMatch(/^(error|$)/);
    expect(await handshake({ cert: TLS_CLIENT.cert, key: TLS_CLIENT.key })).toContain("HTTP/1.1 200 OK");
  });

  test("tells log and audit log whose certificate came, over both versions of HTTP", async () => {
    const data = mkdtempSync(join(tmpdir(), "vecstore-tls-"));
    folders.push(data);
    const { url, logged } = await start({ ...TLS, data, tlsClientCa: TLS_CLIENT.caFile, adminKey: KEY });
    const { ca, cert, key } = TLS_CLIENT;
    const headers = { "content-type": "application/json", "x-api-key": KEY };
    const send = (version: "1.1" | "2", path: string, body: string) =>
      sendHttp({ url, ca, cert, key }, { version, path, headers, body }).then(({ status }) => status);
    expect(await send("1.1", "/v1/upsert", '{"records": [{"id": "a", "vector": [1, 0]}]}')).toBe(200);
    for (const version of ["1.1", "2"] as const) {
      expect(await send(version, "/v1/query", '{"vector": [1, 0]}')).toBe(200);
      expect(await send(version, "/v1/snapshots", `{"name": "by-${version}"}`)).toBe(200);
    }
    const queries = logged.filter(({ msg }) => msg === "query_complete");
    expect(queries.map(({ certificate }) => certificate)).toEqual(["CN=client", "CN=client"]);
    const lines = readFileSync(join(data, "audit", "audit-0000000001.log"), "utf8")
      .trim()
      .split("\n");
    // One when each begins, one when it ends.
    expect(lines.map((line) => JSON.parse(line).certificate)).toEqual(new Array(4).fill("CN=client"));
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)("speaks %s, and chooses HTTP/2 by ALPN", async (version) => {
    const { port } = await start(TLS);
    const alpn = (ALPNProtocols: string[]) =>
      new Promise((resolve, reject) => {
        const range = { minVersion: version, maxVersion: version, servername: "localhost" };
        const socket = connectTls({ host: "127.0.0.1", port, ca: TLS_CLIENT.ca, ALPNProtocols, ...range }, () => {
          resolve(socket.alpnProtocol);
          socket.destroy();
        });
        socket.on("error", reject);
      });
    expect(await alpn(["http/1.1", "h2"])).toBe("h2");
    expect(await alpn(["http/1.1"])).toBe("http/1.1");
  });
});
