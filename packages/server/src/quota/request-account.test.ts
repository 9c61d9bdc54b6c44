import { once } from "node:events";
import { createServer, request as http1 } from "node:http";
import { connect, createServer as createServer2 } from "node:http2";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import type { NodeRequest, NodeResponse } from "../node-http.js";
import { accountFor, type ChargedFacts, type Ledger, RequestAccount, type RequestTotals } from "./request-account.js";

type Facts = { -readonly [K in keyof ChargedFacts]: ChargedFacts[K] };

/** What was added to one namespace, summed, and how often it was told of writes. */
class Sums implements Ledger {
  readonly totals = new Map<string, Required<Omit<RequestTotals, "refusals">>>();
  additions = 0;
  writes = 0;

  add(namespace: string, { requests = 0, bytesIn = 0, bytesOut = 0 }: RequestTotals): void {
    const before = this.totals.get(namespace) ?? { requests: 0, bytesIn: 0, bytesOut: 0 };
    const { requests: r, bytesIn: i, bytesOut: o } = before;
    this.totals.set(namespace, { requests: r + requests, bytesIn: i + bytesIn, bytesOut: o + bytesOut });
    this.additions++;
  }

  wrote(): void {
    this.writes++;
  }
}

describe("the account of a request", () => {
  it("charges nobody until the namespace is known, and each once", () => {
    const [facts, sums]: [Facts, Sums] = [{}, new Sums()];
    const account = new RequestAccount(facts, sums);
    account.received(100_000);
    account.sent(5);
    expect(sums.totals.size).toBe(0);
    facts.namespace = "a";
    account.end();
    account.end();
    expect(sums.totals).toEqual(new Map([["a", { requests: 1, bytesIn: 100_000, bytesOut: 5 }]]));
    const stray = new RequestAccount({}, sums);
    stray.received(7);
    stray.end();
    expect([...sums.totals.keys()]).toEqual(["a"]);
  });

  it("writes a stream down while it runs, and counts it when it ends", () => {
    const [facts, sums]: [Facts, Sums] = [{}, new Sums()];
    const account = new RequestAccount(facts, sums);
    facts.namespace = "a";
    for (let i = 0; i < 100; i++) account.received(10_000);
    const { bytesIn, requests } = sums.totals.get("a")!;
    expect(requests).toBe(0);
    expect(bytesIn).toBeGreaterThan(1_000_000 - 64 * 1024);
    expect(sums.additions).toBeLessThan(20);
    facts.write = "import";
    account.end();
    expect(sums.totals.get("a")).toEqual({ requests: 1, bytesIn: 1_000_000, bytesOut: 0 });
    expect(sums.writes).toBe(1);
  });
});

const BODY = Buffer.alloc(300_000, "é");
const ANSWER = "answer é";

/** Reads all, then answers in two pieces, as text and as bytes. */
async function serveCounted(request: NodeRequest, response: NodeResponse, sums: Sums): Promise<void> {
  const facts: Facts = {};
  accountFor(request, response, new RequestAccount(facts, sums));
  let bytes = 0;
  for await (const chunk of request) bytes += (chunk as Buffer).length;
  facts.namespace = `read ${bytes}`;
  (response as { write(chunk: string): boolean }).write(ANSWER);
  response.end(Buffer.from(ANSWER));
}

const EXPECTED = { requests: 1, bytesIn: BODY.length, bytesOut: 2 * Buffer.byteLength(ANSWER) };

describe("the bytes of a request", () => {
  it("are those of its bodies by HTTP/1, with every reader as it was", async () => {
    const sums = new Sums();
    const server = createServer((request, response) => void serveCounted(request, response, sums));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const client = http1({ port, host: "127.0.0.1", method: "POST", agent: false });
    client.end(BODY);
    const [response] = await once(client, "response");
    let text = "";
    for await (const chunk of response) text += chunk;
    expect(text).toBe(ANSWER + ANSWER);
    server.close();
    await once(server, "close");
    expect(sums.totals).toEqual(new Map([[`read ${BODY.length}`, EXPECTED]]));
  });

  it("are those of its bodies by HTTP/2, of each stream", async () => {
    const sums = new Sums();
    const server = createServer2((request, response) => void serveCounted(request, response, sums));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const send = async (body: Buffer) => {
      const stream = session.request({ ":method": "POST" });
      stream.end(body);
      let text = "";
      for await (const chunk of stream) text += chunk;
      expect(text).toBe(ANSWER + ANSWER);
    };
    await Promise.all([send(BODY), send(Buffer.from("x"))]);
    session.close();
    server.close();
    await once(server, "close");
    expect(sums.totals).toEqual(
      new Map([
        [`read ${BODY.length}`, EXPECTED],
        ["read 1", { ...EXPECTED, bytesIn: 1 }],
      ]),
    );
  });
});
