import { once } from "node:events";
import { request as requestHttp1 } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { fromJson, toBinary } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readFrames, toFrame } from "./harness/frames.js";
import { sendHttp, type Target } from "./harness/http.js";
import { type LanePair, startLanePair } from "./harness/lane-pair.js";
import { methodOf, pathOf } from "./harness/schema.js";
import { until } from "./harness/server.js";
import { KEYS } from "./lane.cases.js";

const GET = pathOf(methodOf("Get"));
const getOf = (...ids: string[]) =>
  Buffer.from(toBinary(methodOf("Get").input, fromJson(methodOf("Get").input, { ids })));
const HEADERS = { "x-api-key": KEYS.admin, "x-request-id": "r" };
const proto = { ...HEADERS, "content-type": "application/proto" };

let pair: LanePair;
beforeEach(async () => {
  pair = await startLanePair({ drainTimeoutMs: 20_000 });
});
afterEach(() => pair?.stop());

/** What both servers do must be the same. @returns it */
async function same<T>(does: (target: Target & LanePair["on"]) => Promise<T>): Promise<T> {
  const [on, off] = await Promise.all([does(pair.on), does(pair.off)]);
  expect(on).toEqual(off);
  return on;
}

describe("with the fast lane and without", () => {
  test("requests that are sent before the answers came are answered in their order", async () => {
    const answers = await same(async ({ port }) => {
      const bodies = [getOf("r1"), getOf("nobody"), Buffer.of(0x12, 9), getOf("r2", "r3"), getOf(), getOf("r4")];
      const requests = bodies.map((body, at) => {
        const last = at === bodies.length - 1 ? "connection: close\r\n" : "";
        const head = `POST ${GET} HTTP/1.1\r\nhost: a\r\ncontent-type: application/proto\r\nx-api-key: ${KEYS.admin}\r\n`;
        return Buffer.concat([
          Buffer.from(`${head}x-request-id: r${at}\r\n${last}content-length: ${body.length}\r\n\r\n`),
          body,
        ]);
      });
      const socket = connect(port, "127.0.0.1");
      socket.write(Buffer.concat(requests));
      const chunks: Buffer[] = [];
      for await (const chunk of socket) chunks.push(chunk);
      // The order of headers is no part of an answer.
      const lines = Buffer.concat(chunks).toString("latin1").split("\r\n");
      return lines.filter((line) => !/^(date|content-type|content-length):/i.test(line));
    });
    const ids = answers.filter((line) => line.startsWith("x-request-id")).map((line) => line.slice(-2));
    expect(ids).toEqual(["r0", "r1", "r2", "r3", "r4", "r5"]);
  });

  test("many streams of one session each get their own answer", async () => {
    const answers = await same(async ({ url }) => {
      const session = connectHttp2(url);
      const ask = async (id: string) => {
        const headers = { ":method": "POST", ":path": GET, "content-type": "application/grpc", ...HEADERS };
        const stream = session.request(headers);
        let status: unknown;
        stream.on("trailers", (trailers) => {
          status = trailers["grpc-status"];
        });
        stream.end(toFrame(getOf(id)));
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk);
        return [status, Buffer.concat(chunks).toString("hex")];
      };
      const all = await Promise.all(Array.from({ length: 200 }, (_, at) => ask(`r${at % 60}`)));
      session.close();
      return all;
    });
    for (const [at, [status, hex]] of answers.entries()) {
      const [message] = readFrames(Buffer.from(String(hex), "hex")).frames;
      expect([status, message?.data.includes(`record ${at % 60}`)]).toEqual(["0", true]);
    }
  });

  test.each([
    ["a body without a length", getOf("r1"), 200],
    ["a body without a length that is too large", Buffer.alloc(70 * 1024), 429],
    ["no body", Buffer.alloc(0), 400],
  ])("%s is answered the same", async (_, body, status) => {
    const answer = await same(async ({ port }) => {
      const request = requestHttp1({
        host: "127.0.0.1",
        port,
        agent: false,
        path: GET,
        method: "POST",
        headers: proto,
      });
      for (let at = 0; at < body.length; at += 9_000) request.write(body.subarray(at, at + 9_000));
      request.end();
      const [response] = await once(request, "response");
      return [response.statusCode, (await response.toArray()).join("")];
    });
    expect(answer[0]).toBe(status);
  });

  test("a call whose body comes while the server drains is refused, and the connection ends", async () => {
    const answer = await same(async ({ port, stop }) => {
      const body = getOf("r1");
      const headers = { ...proto, "content-length": String(body.length) };
      const request = requestHttp1({ host: "127.0.0.1", port, agent: false, path: GET, method: "POST", headers });
      request.write(body.subarray(0, 1));
      await until("the call is there", async () => (await openCalls({ port })) > 0);
      const stopped = stop();
      await until("the port is closed", () => isClosed(port));
      request.end(body.subarray(1));
      const [response] = await once(request, "response");
      const text = (await response.toArray()).join("");
      await stopped;
      return [response.statusCode, response.headers["retry-after"], text];
    });
    expect(answer.slice(0, 2)).toEqual([503, "5"]);
    expect(answer[2]).toContain("DRAINING");
  });
});

/** Connections that the server has, without the one that asks. */
async function openCalls({ port }: { readonly port: number }): Promise<number> {
  const target = { url: `http://127.0.0.1:${port}` };
  const page = await sendHttp(target, { method: "GET", path: "/metrics", headers: HEADERS });
  return Number(/^vecstore_active_connections (\d+)$/m.exec(page.body.toString())?.[1] ?? 0) - 1;
}

async function isClosed(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}
