import { once } from "node:events";
import * as http from "node:http";
import * as net from "node:net";
import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sendHttp } from "./harness/http.js";
import { methodOf } from "./harness/schema.js";
import { startTestServer, type TestServer, until } from "./harness/server.js";
import { StallingReader } from "./harness/stalling-reader.js";
import { STREAM_DOORS, type StreamDoor } from "./harness/stream-doors.js";

const ADMIN = "an-admin-key-for-tests";
const keyed = (key: string) => ({ "x-api-key": key });
const asAdmin = { headers: keyed(ADMIN) };
const EXPORT = methodOf("Export");
const IMPORT = methodOf("Import");
const LINES = { "content-type": "application/x-ndjson" };
const COUNT = 1_000;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ adminKey: ADMIN });
  await createNamespace("docs");
  // More than sockets and windows hold, so that a reader who stalls stalls the export.
  const metadata = { body: "x".repeat(30_000) };
  for (let first = 0; first < COUNT; first += COUNT / 2) {
    const records = Array.from({ length: COUNT / 2 }, (_, at) => ({ id: `r${first + at}`, vector: [1, at], metadata }));
    await server.ask("Upsert", { namespace: "docs", records }, asAdmin);
  }
});
afterAll(() => server?.stop());

async function createNamespace(name: string): Promise<string> {
  await server.ask("NamespaceService.CreateNamespace", { name }, asAdmin);
  return name;
}

async function createKey(role: string, namespace: string) {
  const request = { role: `ROLE_${role}`, namespaces: [namespace] };
  const { key, api_key: apiKey } = await server.ask("ApiKeyService.CreateApiKey", request, asAdmin);
  return { key: key as string, id: (apiKey as JsonObject).id as string };
}

const revoke = (id: string) => server.ask("ApiKeyService.RevokeApiKey", { id }, asAdmin);
const setStatus = (name: string, status: string) =>
  server.ask("NamespaceService.UpdateNamespace", { name, status: `NAMESPACE_STATUS_${status}` }, asAdmin);
const countOf = async (namespace: string) => Number((await server.ask("Count", { namespace }, asAdmin)).count ?? 0);

const row = (id: string) => ({ id, vector: [1, 2] });
const bodyOf = (...ids: string[]) => ids.map((id) => `${JSON.stringify(row(id))}\n`).join("");
const errorOf = (text: string) => (JSON.parse(text.trimEnd().split("\n").at(-1)!) as { error?: JsonObject }).error;

async function failureOf(door: StreamDoor, method: typeof EXPORT, request: JsonObject, key: string) {
  const { failure } = await door.run(server, method, [request], undefined, keyed(key));
  return failure?.reason ?? "ok";
}

async function restReason(path: string, headers: Record<string, string>, body: string) {
  const answer = await sendHttp(server, { path, headers, body });
  return answer.status === 200 ? "ok" : `${answer.status} ${errorOf(answer.body.toString())?.reason}`;
}

describe("a key", () => {
  test("of a reader exports its namespace and no other, and imports nothing, at every door", async () => {
    const namespace = await createNamespace("small");
    const { key } = await createKey("READER", namespace);
    for (const door of STREAM_DOORS) {
      expect(await failureOf(door, EXPORT, { namespace }, key), door.name).toBe("ok");
      expect(await failureOf(door, EXPORT, { namespace: "docs" }, key), door.name).toBe("PERMISSION_DENIED");
      const request = { namespace, records: [row("a")] };
      expect(await failureOf(door, IMPORT, request, key), door.name).toBe("PERMISSION_DENIED");
    }
    const json = { "content-type": "application/json", ...keyed(key) };
    expect(await restReason("/v1/export", json, "{}")).toBe("ok");
    expect(await restReason("/v1/export", json, '{"namespace": "docs"}')).toBe("403 PERMISSION_DENIED");
    expect(await restReason("/v1/import", { ...LINES, ...keyed(key) }, bodyOf("a"))).toBe("403 PERMISSION_DENIED");
    expect(await countOf(namespace)).toBe(0);
  });

  test("of a writer imports into its namespace and no other", async () => {
    const namespace = await createNamespace("written");
    const { key } = await createKey("WRITER", namespace);
    for (const [at, door] of STREAM_DOORS.filter(({ isDuplex }) => isDuplex).entries()) {
      const records = [row(`r${at}`)];
      expect(await failureOf(door, IMPORT, { namespace, records }, key), door.name).toBe("ok");
      expect(await countOf(namespace)).toBe(at + 1);
      expect(await failureOf(door, IMPORT, { namespace: "docs", records }, key), door.name).toBe("PERMISSION_DENIED");
    }
    const headers = { ...LINES, ...keyed(key) };
    expect(await restReason("/v1/import", headers, bodyOf("rest"))).toBe("ok");
    expect(await restReason("/v1/import?namespace=docs", headers, bodyOf("rest"))).toBe("403 PERMISSION_DENIED");
    expect(await countOf("docs")).toBe(COUNT);
  });

  test("of an owner restores in place, and downloads, and makes no namespace of a snapshot", async () => {
    const namespace = await createNamespace("owned");
    const { key } = await createKey("OWNER", namespace);
    const asOwner = { headers: keyed(key) };
    await server.ask("CreateSnapshot", { namespace, name: "s" }, asOwner);
    await server.ask("RestoreSnapshot", { namespace, name: "s" }, asOwner);
    for (const door of STREAM_DOORS) {
      const download = methodOf("DownloadSnapshot");
      expect(await failureOf(door, download, { namespace, name: "s" }, key), door.name).toBe("ok");
    }
    const json = { "content-type": "application/json" };
    const restore = (by: string) =>
      restReason(
        "/v1/snapshots/s/restore",
        { ...json, ...keyed(by) },
        '{"namespace": "owned", "target_namespace": "new"}',
      );
    expect(await restore(key)).toBe("403 PERMISSION_DENIED");
    expect(await restore(ADMIN)).toBe("ok");
  });
});

describe("a key that is revoked", () => {
  test.each(["connect", "grpc"] as const)("ends an export that runs, by %s", async (protocol) => {
    const { key, id } = await createKey("READER", "docs");
    const reader = await StallingReader[protocol](server, { namespace: "docs" }, "Export", keyed(key));
    await reader.next();
    await revoke(id);
    let count = 0;
    for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
      count += (chunk.records as unknown[]).length;
    }
    expect(count).toBeLessThan(900);
    if (protocol === "connect") expect(JSON.parse(reader.ending).error).toMatchObject({ code: "permission_denied" });
    else {
      await until("the trailers", () => reader.trailers["grpc-status"] !== undefined);
      expect(reader.trailers["grpc-status"]).toBe("7");
    }
  });

  test("ends an export that runs, by REST, which says so in its last line", async () => {
    const { key, id } = await createKey("READER", "docs");
    const text = await exportUntil(key, () => revoke(id));
    expect(errorOf(text)).toMatchObject({ reason: "API_KEY_UNKNOWN", message: expect.stringContaining("was revoked") });
    expect(text.split("\n").length).toBeLessThan(900);
  });

  test.each(STREAM_DOORS.filter(({ isDuplex }) => isDuplex).map((door) => [door.name, door] as const))(
    "ends an import that runs, by %s",
    async (name, door) => {
      const namespace = await createNamespace(`until.${name.replaceAll(/[^A-Za-z0-9]+/g, "-")}`);
      const { key, id } = await createKey("WRITER", namespace);
      const ended = stoppable();
      async function* requests() {
        yield { namespace, records: [row("a")] };
        await ended.promise;
      }
      const onMessage = () => void revoke(id);
      const { messages, failure } = await door.run(server, IMPORT, requests(), onMessage, keyed(key));
      ended.resolve();
      expect(messages).toMatchObject([{ imported: "1" }]);
      expect(failure).toMatchObject({ code: "permission_denied", reason: "API_KEY_UNKNOWN" });
    },
  );

  test("ends an import that runs, by REST", async () => {
    const namespace = await createNamespace("until.rest");
    const { key, id } = await createKey("WRITER", namespace);
    const headers = { ...LINES, ...keyed(key) };
    const request = http.request(`${server.url}/v1/import`, { method: "POST", headers, agent: false });
    request.on("error", () => {});
    request.write(bodyOf("a"));
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    const text = textOf(response);
    await revoke(id);
    expect(errorOf(await text)).toMatchObject({ reason: "API_KEY_UNKNOWN" });
    expect(await countOf(namespace)).toBe(1);
  });
});

describe("a namespace", () => {
  test("that is read-only is exported, and takes no import; one that is suspended neither", async () => {
    const namespace = await createNamespace("status");
    await setStatus(namespace, "READ_ONLY");
    const request = { namespace, records: [row("a")] };
    const duplex = STREAM_DOORS.filter(({ isDuplex }) => isDuplex);
    const headers = { ...LINES, ...keyed(ADMIN) };
    for (const door of duplex) {
      expect(await failureOf(door, IMPORT, request, ADMIN), door.name).toBe("NAMESPACE_READ_ONLY");
      expect(await failureOf(door, EXPORT, { namespace }, ADMIN), door.name).toBe("ok");
    }
    expect(await restReason("/v1/import?namespace=status", headers, bodyOf("a"))).toBe("403 NAMESPACE_READ_ONLY");
    await setStatus(namespace, "SUSPENDED");
    for (const door of duplex) {
      expect(await failureOf(door, IMPORT, request, ADMIN), door.name).toBe("NAMESPACE_SUSPENDED");
      expect(await failureOf(door, EXPORT, { namespace }, ADMIN), door.name).toBe("NAMESPACE_SUSPENDED");
    }
    await setStatus(namespace, "ACTIVE");
    expect(await countOf(namespace)).toBe(0);
  });

  test("that becomes read-only ends an import at its next message", async () => {
    const namespace = await createNamespace("closing");
    const grpc = STREAM_DOORS.at(-1)!;
    const answered = stoppable();
    async function* requests(): AsyncGenerator<JsonObject> {
      yield { namespace, records: [row("a")] };
      await answered.promise;
      await setStatus(namespace, "READ_ONLY");
      yield { records: [row("b")] };
    }
    const { messages, failure } = await grpc.run(server, IMPORT, requests(), answered.resolve, keyed(ADMIN));
    expect(messages).toMatchObject([{ imported: "1" }]);
    expect(failure).toMatchObject({ code: "failed_precondition", reason: "NAMESPACE_READ_ONLY" });
    expect(await countOf(namespace)).toBe(1);
  });
});

function stoppable() {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/**
 * Exports `docs` by REST, reading nothing between the first bytes and the end of `pause`. By a socket: Node's client drops what it has not
 * handed out when a body breaks off.
 */
async function exportUntil(key: string, pause: () => Promise<unknown>): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const socket = net.connect(Number(port), hostname);
  const head = ["POST /v1/export HTTP/1.1", `host: ${hostname}`, "content-type: application/json", `x-api-key: ${key}`];
  socket.write(`${[...head, "connection: close", "content-length: 2"].join("\r\n")}\r\n\r\n{}`);
  await once(socket, "readable");
  await pause();
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  // The frames of the body stand between its lines, and in long ones.
  return Buffer.concat(chunks)
    .toString()
    .split(/\r?\n/)
    .filter((line) => line.startsWith("{"))
    .join("\n");
}

/** Reads a body up to where it ends or breaks off. */
function textOf(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  response.on("error", () => {});
  response.on("data", (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) => {
    response.once("close", () => resolve(Buffer.concat(chunks).toString()));
  });
}
