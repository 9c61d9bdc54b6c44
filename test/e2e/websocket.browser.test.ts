import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Chromium, isChromiumMissing, startChromium } from "../support/chromium.js";
import { type Site, serveSite } from "../support/site.js";
import { startTestServer, type TestServer } from "./harness/server.js";

const ADMIN_KEY = "socket-browser-test-admin-key";

/** What a page sees of a socket. */
interface Seen {
  readonly frames: readonly JsonObject[];
  readonly closed: number | undefined;
}

/** Runs in the page: opens a socket, sends frames, and waits until it has closed, or until `ends` frames came that end something. */
function talk([url, frames, ends]: readonly [string, readonly object[], number]): Promise<Seen> {
  return new Promise((resolve) => {
    const seen: JsonObject[] = [];
    const socket = new WebSocket(url);
    socket.onopen = () => {
      for (const frame of frames) socket.send(JSON.stringify(frame));
    };
    socket.onmessage = ({ data }) => {
      seen.push(JSON.parse(data));
      if (seen.filter((frame) => frame.complete || frame.error).length < ends) return;
      socket.onclose = null;
      socket.close();
      resolve({ frames: seen, closed: undefined });
    };
    socket.onclose = ({ code }) => resolve({ frames: seen, closed: code });
  });
}

describe.skipIf(isChromiumMissing)("a WebSocket in Chromium", () => {
  let site: Site;
  let server: TestServer;
  let browser: Chromium;
  let url: string;

  beforeAll(async () => {
    site = await serveSite(new Map());
    server = await startTestServer({ adminKey: ADMIN_KEY, corsOrigins: [site.origin] });
    const records = [1, 2, 3].map((at) => ({ id: `r${at}`, vector: [1, at], metadata: { name: `é ${at}` } }));
    await server.ask("Upsert", { records }, { headers: { "x-api-key": ADMIN_KEY } });
    url = `ws://127.0.0.1:${server.port}/v1/query/stream`;
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await site?.close();
  });

  async function from(origin: string, frames: readonly object[], ends: number): Promise<Seen> {
    const page = await browser.context.newPage();
    await page.goto(origin);
    const seen = await page.evaluate(talk, [url, frames, ends] as const);
    await page.close();
    return seen;
  }

  it("streams results to a page of an allowed origin, with the key as the first frame", async () => {
    const frames = [
      { auth: ADMIN_KEY },
      { vector: [1, 1], limit: 2, request_id: "near" },
      { vector: [1, 1, 1], request_id: "wrong" },
    ];
    const { frames: seen } = await from(site.origin, frames, 2);
    const near = seen.filter(({ request_id }) => request_id === "near");
    expect(near).toMatchObject([{ id: "r1", metadata: { name: "é 1" } }, { id: "r2" }, { complete: true }]);
    expect(seen).toContainEqual(expect.objectContaining({ request_id: "wrong", error: expect.anything() }));
  });

  it("answers no page without a key", async () => {
    const { frames, closed } = await from(site.origin, [{ vector: [1, 1] }], 2);
    expect(frames).toMatchObject([{ error: { reason: "API_KEY_MISSING" } }]);
    expect(closed).toBe(1008);
  });

  it("is kept out of pages of an origin that is not allowed", async () => {
    const seen = await from(`http://localhost:${site.port}`, [{ auth: ADMIN_KEY }, { vector: [1, 1] }], 1);
    // The handshake failed.
    expect(seen).toEqual({ frames: [], closed: 1006 });
  });
});
