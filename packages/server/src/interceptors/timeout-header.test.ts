import { describe, expect, it } from "vitest";
import { askedTimeoutMs, clampTimeouts, TIMER_MS_MAX, validateConnectTimeout } from "./timeout-header.js";

describe("clampTimeouts", () => {
  it.each([
    ["connect-timeout-ms", "0", "0"],
    ["connect-timeout-ms", "60000", "60000"],
    ["connect-timeout-ms", String(TIMER_MS_MAX), String(TIMER_MS_MAX)],
    ["connect-timeout-ms", String(TIMER_MS_MAX + 1), String(TIMER_MS_MAX)],
    ["connect-timeout-ms", "9999999999", String(TIMER_MS_MAX)],
    ["connect-timeout-ms", "soon", "soon"],
    ["grpc-timeout", "1n", "1n"],
    ["grpc-timeout", "596H", "596H"],
    ["grpc-timeout", "597H", "2147483S"],
    ["grpc-timeout", "99999999H", "2147483S"],
    ["grpc-timeout", "1X", "1X"],
  ])("makes of %s: %s %s, which a timer holds", (name, asked, kept) => {
    const header = new Headers({ [name]: asked });
    clampTimeouts(header);
    expect(header.get(name)).toBe(kept);
    expect(askedTimeoutMs(header) ?? 0).toBeLessThanOrEqual(TIMER_MS_MAX);
  });
});

describe("validateConnectTimeout", () => {
  it.each([undefined, "0", "5", "9999999999"])("takes %s", (value) => {
    expect(() => validateConnectTimeout(value)).not.toThrow();
  });

  it.each(["", "-1", "1.5", "5s", "5, 5", "10000000000"])("refuses %j", (value) => {
    expect(() => validateConnectTimeout(value)).toThrow("Connect-Timeout-Ms");
  });
});
