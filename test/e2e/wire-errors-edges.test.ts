import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readFrames, toFrame } from "./harness/frames.js";
import { sendHttp } from "./harness/http.js";
import { failedByConnectJson, failedByStatus } from "./harness/outcome.js";
import { startTestServer, type TestServer } from "./harness/server.js";

const JSON_TYPE = { "content-type": "application/json" };
const rpcPath = (method: string) => `/vecstore.v1.VecStoreService/${method}`;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await server.ask("Upsert", { records: [{ id: "a", vector: [1, 0, 0] }] });
});
afterAll(async () => {
  const faults = server?.logged.filter(({ msg }) => msg === "request_error");
  await server?.stop();
  expect(faults).toEqual([]);
});

describe("an RPC that is not there is unimplemented", () => {
  const PATHS = [rpcPath("Nothing"), "/vecstore.v1.Nothing/Query", "/Nothing/Query"];

  test.each(
    ["application/grpc", "application/grpc+proto", "application/grpc-web+proto"].flatMap((type) =>
      PATHS.flatMap((path) => (["1.1", "2"] as const).map((version) => [type, path, version] as const)),
    ),
  )("by %s at %s over HTTP/%s, in headers alone", async (type, path, version) => {
    const headers = { "content-type": type, te: "trailers" };
    const answer = await sendHttp(server, { path, headers, body: toFrame(new Uint8Array()), version });
    expect([answer.status, answer.body.length, answer.trailers]).toEqual([200, 0, {}]);
    expect(answer.headers["content-type"]).toBe(
      type.startsWith("application/grpc-web") ? "application/grpc-web" : "application/grpc",
    );
    const details = Buffer.from(String(answer.headers["grpc-status-details-bin"]), "base64");
    const outcome = failedByStatus(Number(answer.headers["grpc-status"]), "", details);
    expect(outcome).toMatchObject({ code: "unimplemented", reason: "NOT_IMPLEMENTED" });
  });

  test.each([
    ["application/json", rpcPath("Nothing")],
    ["application/json", "/vecstore.v1.Nothing/Query"],
    ["application/proto", rpcPath("Nothing")],
    ["application/proto", "/Nothing/Query"],
  ])("by %s of Connect at %s", async (type, path) => {
    const answer = await sendHttp(server, { path, headers: { "content-type": type }, body: "" });
    const outcome = failedByConnectJson(answer.body.toString(), answer.status);
    expect(outcome).toMatchObject({ code: "unimplemented", reason: "NOT_IMPLEMENTED", http: 501 });
  });

  test("by a stream of Connect, in its last frame", async () => {
    const headers = { "content-type": "application/connect+proto" };
    const answer = await sendHttp(server, { path: rpcPath("Nothing"), headers, body: toFrame(new Uint8Array()) });
    const [last] = readFrames(answer.body).frames;
    expect([answer.status, answer.headers["content-type"], last?.flags]).toEqual([200, "application/connect+proto", 2]);
    const { error } = JSON.parse(last!.data.toString());
    expect(failedByConnectJson(JSON.stringify(error), 200)).toMatchObject({ reason: "NOT_IMPLEMENTED" });
  });
});

describe("a field of a newer client", () => {
  // Field 99, a varint: 99 << 3 is 792.
  const unknown = Uint8Array.of(0x98, 0x06, 0x01);

  test("is refused by Connect, naming it", async () => {
    const headers = { "content-type": "application/proto" };
    const answer = await sendHttp(server, { path: rpcPath("Count"), headers, body: unknown });
    const outcome = failedByConnectJson(answer.body.toString(), answer.status);
    expect(outcome).toMatchObject({
      reason: "NOT_IMPLEMENTED",
      http: 501,
      text: expect.stringContaining("field 99 of vecstore.v1.CountRequest"),
    });
  });

  test("is refused by gRPC", async () => {
    const headers = { "content-type": "application/grpc", te: "trailers" };
    const answer = await sendHttp(server, {
      path: rpcPath("QueryStream"),
      headers,
      body: toFrame(unknown),
      version: "2",
    });
    expect({ ...answer.headers, ...answer.trailers }).toMatchObject({ "grpc-status": "12" });
  });
});

describe("a deadline", () => {
  // Compact of one record may end before a timer that fires at once, so Node's warning of such a timer is what tells.
  const warnings: string[] = [];
  const onWarning = ({ name }: Error) => void warnings.push(name);
  beforeAll(() => void process.on("warning", onWarning));
  afterEach(() => expect(warnings.splice(0)).toEqual([]));
  afterAll(() => void process.off("warning", onWarning));

  test.each(["99999999H", "597H"])("of %s leaves a long call its time", async (timeout) => {
    const headers = { "content-type": "application/grpc", te: "trailers", "grpc-timeout": timeout };
    const request = { headers, body: toFrame(new Uint8Array()), version: "2" } as const;
    const compacted = await sendHttp(server, { path: rpcPath("Compact"), ...request });
    expect(compacted.trailers).toMatchObject({ "grpc-status": "0" });
    // A unary call of another kind has 60 s at most.
    const counted = await sendHttp(server, { path: rpcPath("Count"), ...request });
    expect({ ...counted.headers, ...counted.trailers }).toMatchObject({ "grpc-status": "3" });
  });

  test.each([rpcPath("Compact"), "/v1/compact"])("past what a timer holds leaves %s its time", async (path) => {
    for (const ms of ["2147483648", "9999999999"]) {
      const headers = { ...JSON_TYPE, "connect-timeout-ms": ms };
      expect((await sendHttp(server, { path, headers, body: "{}" })).status).toBe(200);
    }
  });

  test.each([
    ["0", 504],
    ["soon", 400],
    ["-1", 400],
    ["1.5", 400],
    ["", 400],
    ["10000000000", 400],
  ])("of %j is answered alike by Connect and REST: %i", async (ms, status) => {
    for (const path of [rpcPath("Count"), "/v1/count", rpcPath("Compact"), "/v1/compact"]) {
      const headers = { ...JSON_TYPE, "connect-timeout-ms": ms };
      expect((await sendHttp(server, { path, headers, body: "{}" })).status, path).toBe(status);
    }
  });
});

describe("a host", () => {
  const headersFor = (type: string) => `content-type: ${type}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`;

  async function sendRaw(text: string): Promise<string> {
    const socket = connect({ port: Number(new URL(server.url).port), host: "127.0.0.1" });
    await once(socket, "connect");
    socket.write(text);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  test.each(
    [rpcPath("Count"), rpcPath("Nothing"), "/v1/count"].flatMap((path) => [
      [path, "that does not parse", `HTTP/1.1\r\nhost: [::1\r\n`],
      [path, "that is two words", `HTTP/1.1\r\nhost: a b\r\n`],
      [path, "that is absent", `HTTP/1.0\r\n`],
    ]),
  )("of a call of %s %s is refused", async (path, _, head) => {
    const answer = await sendRaw(`POST ${path} ${head}${headersFor("application/json")}`);
    const isUnknown = path.endsWith("Nothing");
    expect(answer).toMatch(isUnknown ? /^HTTP\/1\.1 501 / : /^HTTP\/1\.1 400 /);
    expect(answer).toContain(isUnknown ? '"unimplemented"' : '"invalid_argument"');
  });

  test("that does not parse is invalid_argument by gRPC", async () => {
    const headers = { ":authority": "[::1", "content-type": "application/grpc", te: "trailers" };
    const answer = await sendHttp(server, {
      path: rpcPath("Count"),
      headers,
      body: toFrame(new Uint8Array()),
      version: "2",
    });
    expect(answer.headers).toMatchObject({ "grpc-status": "3" });
  });

  test("is not asked of probes", async () => {
    expect(await sendRaw("GET /health HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 /);
  });
});
