import { describe, expect, it } from "vitest";
import { createSpanId, createTraceId, parseTraceparent } from "./trace-context.js";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

describe("a traceparent", () => {
  it.each([
    [`00-${TRACE}-${SPAN}-01`, true],
    [`00-${TRACE}-${SPAN}-00`, false],
    [`00-${TRACE}-${SPAN}-03`, true],
    [` 00-${TRACE}-${SPAN}-02 `, false],
    [`cc-${TRACE}-${SPAN}-01-what.comes.later`, true],
  ])("%s names trace and span; kept: %s", (header, isSampled) => {
    expect(parseTraceparent(header)).toEqual({ traceId: TRACE, spanId: SPAN, isSampled });
  });

  it.each([
    undefined,
    "",
    "00",
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${TRACE}x-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
  ])("is none: %s", (header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });

  it("may be made of new ids", () => {
    const header = `00-${createTraceId()}-${createSpanId()}-01`;
    expect(parseTraceparent(header)).toMatchObject({ isSampled: true });
    expect(createTraceId()).not.toBe(createTraceId());
  });
});
