import { expect, it } from "vitest";
import { encodeSpans } from "./otlp-protobuf.js";

/** The same request, made by the classes of opentelemetry-proto 1.45.2 for Python. */
const EXPECTED = [
  "CpQDChUKEwoMc2VydmljZS5uYW1lEgMKAXMS+gIKEgoQQHZlY3N0b3JlL3NlcnZlchK1AQoQCvdlGRbNQ92ESOshHIAxnBIIt61r",
  "cWkgMzEiCADwZ6oLqQK3KgFuMAI5kNAtNv6clxdBQEI5Nv6clxdKCwoEdGV4dBIDCgFhSgsKBWVtcHR5EgIKAEoLCgV3aG9sZRIC",
  "GANKFAoFYmVsb3cSCxj9//////////8BShEKBHBhcnQSCSEAAAAAAADgP0oKCgRmbGFnEgIQAFoMCSChMTb+nJcXEgFlegwSCElO",
  "VEVSTkFMGAISqwEKEAr3ZRkWzUPdhEjrIRyAMZwSCLeta3FpIDMxKgFuMAI5kNAtNv6clxdBQEI5Nv6clxdKCwoEdGV4dBIDCgFh",
  "SgsKBWVtcHR5EgIKAEoLCgV3aG9sZRICGANKFAoFYmVsb3cSCxj9//////////8BShEKBHBhcnQSCSEAAAAAAADgP0oKCgRmbGFn",
  "EgIQAFoMCSChMTb+nJcXEgFlegwSCElOVEVSTkFMGAI=",
].join("");

it("writes spans as others do, to the byte", () => {
  const span = {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    name: "n",
    kind: "server" as const,
    startMs: 1_700_000_000_000.25,
    endMs: 1_700_000_000_001,
    attributes: { text: "a", empty: "", whole: 3, below: -3, part: 0.5, flag: false, absent: undefined },
    events: [{ name: "e", timeMs: 1_700_000_000_000.5 }],
    failure: "INTERNAL",
  };
  const { parentSpanId, ...root } = { ...span, parentSpanId: "00f067aa0ba902b7" };
  const bytes = encodeSpans([{ ...root, parentSpanId }, root], { "service.name": "s", absent: undefined });
  expect(Buffer.from(bytes).toString("base64")).toBe(EXPECTED);
});
