import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { refusal } from "../errors.js";
import type { NodeResponse } from "../node-http.js";
import { sendLines } from "./send-lines.js";

let server: Server | undefined;
afterEach(() => void server?.close());

/** Serves `lines` to one caller; returns what it read, how that ended, and what `sendLines` threw. */
async function serve(lines: () => AsyncIterable<string>) {
  let thrown: Error | undefined;
  server = createServer((_, response) => {
    sendLines(response as NodeResponse, "application/x-ndjson", lines()).catch((error) => {
      thrown = error;
      response.statusCode = 500;
      response.end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const sent = request({ host: "127.0.0.1", port, agent: false }).end();
  const [response] = await once(sent, "response");
  let text = "";
  const end = await new Promise<string>((resolve) => {
    response.setEncoding("utf8").on("data", (data: string) => {
      text += data;
    });
    response.once("end", () => resolve("whole"));
    response.once("error", () => resolve("broken"));
  });
  return { status: response.statusCode, type: response.headers["content-type"], text, end, thrown };
}

const LINE = "x".repeat(10_000);

describe("lines", () => {
  it("are sent whole and in order", async () => {
    const sent = await serve(async function* () {
      for (let n = 0; n < 100; n++) yield `${n} ${LINE}`;
    });
    expect(sent).toMatchObject({ status: 200, type: "application/x-ndjson", end: "whole" });
    expect(sent.text).toBe(Array.from({ length: 100 }, (_, n) => `${n} ${LINE}\n`).join(""));
  });

  it("may be none", async () => {
    const sent = await serve(async function* () {});
    expect(sent).toMatchObject({ status: 200, text: "", end: "whole" });
  });

  it("that fail before anything was sent leave the answer to the caller of the function", async () => {
    // biome-ignore lint/correctness/useYield: it fails at once
    const sent = await serve(async function* () {
      throw refusal("INVALID_FILTER", "no filter");
    });
    expect(sent).toMatchObject({ status: 500, text: "", thrown: { rawMessage: "no filter" } });
  });

  it("that fail later end by the error, and are not taken for whole", async () => {
    const sent = await serve(async function* () {
      for (let n = 0; n < 3; n++) yield LINE;
      throw refusal("DATA_CORRUPTED", "part-1 is damaged", { file: "part-1" });
    });
    expect([sent.status, sent.end]).toEqual([200, "broken"]);
    const [first, second, third, last, ...rest] = sent.text.trimEnd().split("\n");
    expect([first, second, third, rest]).toEqual([LINE, LINE, LINE, []]);
    const error = { code: "data_loss", reason: "DATA_CORRUPTED", message: "part-1 is damaged" };
    expect(JSON.parse(last!)).toEqual({ error: { ...error, details: { file: "part-1" } } });
  });
});
