import { expect, it } from "vitest";
import { encodeSpans } from "./otlp-json.js";

it("writes spans as OTLP has them in JSON", () => {
  const span = {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    name: "n",
    kind: "server" as const,
    startMs: 1_700_000_000_000.25,
    endMs: 1_700_000_000_001,
    attributes: { text: "a", whole: 3, part: 0.5, flag: false, absent: undefined },
    events: [{ name: "e", timeMs: 1_700_000_000_000.5 }],
    failure: "INTERNAL",
  };
  const { parentSpanId, ...root } = { ...span, parentSpanId: "00f067aa0ba902b7" };
  expect(JSON.parse(encodeSpans([{ ...root, parentSpanId }, root], { "service.name": "s" }))).toEqual({
    resourceSpans: [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: "s" } }] },
        scopeSpans: [
          {
            scope: { name: "@vecstore/server" },
            spans: [{ ...expected(), parentSpanId }, expected()],
          },
        ],
      },
    ],
  });
});

const expected = () => ({
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  name: "n",
  kind: 2,
  startTimeUnixNano: "1700000000000250000",
  endTimeUnixNano: "1700000000001000000",
  attributes: [
    { key: "text", value: { stringValue: "a" } },
    { key: "whole", value: { intValue: "3" } },
    { key: "part", value: { doubleValue: 0.5 } },
    { key: "flag", value: { boolValue: false } },
  ],
  events: [{ name: "e", timeUnixNano: "1700000000000500000" }],
  status: { code: 2, message: "INTERNAL" },
});
