import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sendHttp } from "./harness/http.js";
import { type LanePair, startLanePair } from "./harness/lane-pair.js";
import { inForm, readAnswer, WIRE_FORMS, type WireForm } from "./harness/wire-forms.js";
import { LANE_CASES, type LaneCase } from "./lane.cases.js";

let pair: LanePair;
beforeAll(async () => {
  pair = await startLanePair();
});
afterAll(() => pair?.stop());

/** Both servers' answers to one call. */
async function ask(wire: WireForm, given: LaneCase) {
  const request = inForm(wire, given);
  if (request === undefined) return undefined;
  const [on, off] = await Promise.all([sendHttp(pair.on, request), sendHttp(pair.off, request)]);
  return { on: maskNumbers(readAnswer(wire, given.method, on)), off: maskNumbers(readAnswer(wire, given.method, off)) };
}

/**
 * An answer as text, without two numbers that change from call to call: how long to wait for a rate, in a message and within the details,
 * and how large JSON is that holds durations.
 */
function maskNumbers(answer: object): string {
  const text = JSON.stringify(answer, undefined, 1).replace(/message size \d+ is/g, "message size N is");
  if (!text.includes("max_qps") && !text.includes("retry-after")) return text;
  return text
    .replace(/retry(%20| )after(%20| )\d+/g, "retry after N")
    .replace(/(retry-after(": "|: ))\d+/g, "$1N")
    .replace(/(grpc-status-details-bin(": "|: ))[\w+/=]+/g, "$1D")
    .replace(/(\\"(value|retry_after_ms)\\": ?\\")[\w+/=]+/g, "$1N");
}

describe.each(WIRE_FORMS)("$name is answered the same with the fast lane and without", (wire) => {
  test.each(LANE_CASES)("$name", async (given) => {
    const answers = await ask(wire, given);
    if (answers === undefined) return;
    expect(answers.on).toEqual(answers.off);
    expect(answers.off).toMatch(wantedOf(wire, given));
  });
});

/** So that two servers that refuse everything are not the same. */
function wantedOf({ isFramed }: WireForm, { outcome }: LaneCase): RegExp {
  if (outcome === "any") return /./;
  if (outcome === "ok") return isFramed ? /grpc-status(": "|: )0/ : /"status": 200/;
  return isFramed ? /grpc-status(": "|: )[1-9]/ : /"status": [45]/;
}

describe("afterwards", () => {
  test("both have counted the same", async () => {
    const [on, off] = await Promise.all([pair.on.countsOf(), pair.off.countsOf()]);
    expect(on.length).toBeGreaterThan(30);
    expect(on.some((line) => line.startsWith("vecstore_namespace_received_bytes_total"))).toBe(true);
    expect(on).toEqual(off);
  });

  test("both have written the same into the audit log", async () => {
    const [on, off] = await Promise.all([pair.on.audited(), pair.off.audited()]);
    expect(on.length).toBeGreaterThan(300);
    expect(on).toEqual(off);
  });

  test("both have logged the same", () => {
    const logged = ({ on, off }: LanePair) => [on, off].map((server) => server.logged.filter(isOfCalls).map(stable));
    const [on, off] = logged(pair);
    expect(on!.length).toBeGreaterThan(300);
    expect(on).toEqual(off);
  });
});

/** Of failed queries some are left out each second, so they depend on the time; outcomes and metrics compare these. */
const isOfCalls = ({ msg }: Record<string, unknown>) => /^(query_complete|request_)/.test(String(msg));

/** Without times, and ids that are made up. */
function stable({
  time: _t,
  pid: _p,
  hostname: _h,
  duration_ms: _d,
  query_id: _q,
  backtrace: _b,
  request_id: _r,
  ...kept
}: Record<string, unknown>) {
  return { ...kept, error: String(kept.error).replace(/\d+ ms/, "N ms") };
}
