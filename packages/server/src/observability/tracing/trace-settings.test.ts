import { describe, expect, it } from "vitest";
import { readTraceSettings, type Variables } from "./trace-settings.js";

const ON = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/" };
const read = (variables: Variables) => readTraceSettings(variables, "1.2.3");
const settingsOf = (variables: Variables) => read({ ...ON, ...variables }).settings!;

describe("the variables of OpenTelemetry", () => {
  it.each<[Variables, string | undefined]>([
    [{}, undefined],
    [{ OTEL_SERVICE_NAME: "search", OTEL_TRACES_SAMPLER: "always_on" }, undefined],
    [ON, "http://collector:4318/v1/traces"],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://a/base" }, "http://a/base/v1/traces"],
    [{ ...ON, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://own/as/it/is" }, "https://own/as/it/is"],
    [{ OTEL_TRACES_EXPORTER: "otlp" }, "http://localhost:4318/v1/traces"],
    [{ ...ON, OTEL_TRACES_EXPORTER: "none" }, undefined],
    [{ ...ON, OTEL_SDK_DISABLED: "True" }, undefined],
    [{ ...ON, OTEL_SDK_DISABLED: "false" }, "http://collector:4318/v1/traces"],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: " " }, undefined],
  ])("%j turn traces on, to %s", (variables, url) => {
    const { settings, problems } = read(variables);
    expect(settings?.url).toBe(url);
    expect(problems).toEqual([]);
  });

  it("have defaults of their specification", () => {
    expect(settingsOf({})).toMatchObject({
      protocol: "http/json",
      headers: {},
      timeoutMs: 10_000,
      isCompressed: false,
      queueMax: 2_048,
      batchMax: 512,
      delayMs: 5_000,
      resource: { "service.name": "vecstore", "service.version": "1.2.3" },
    });
    const trace = "1".repeat(32);
    expect(settingsOf({}).sampler(trace, undefined)).toBe(true);
    expect(settingsOf({}).sampler(trace, { traceId: trace, spanId: "1", isSampled: false })).toBe(false);
  });

  it("say where, how and in whose name", () => {
    const settings = settingsOf({
      OTEL_EXPORTER_OTLP_HEADERS: "a=1, b=x%20y",
      OTEL_EXPORTER_OTLP_TIMEOUT: "50",
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: "70",
      OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
      OTEL_RESOURCE_ATTRIBUTES: "service.name=other,deployment.environment.name=test",
      OTEL_SERVICE_NAME: "search",
      OTEL_TRACES_SAMPLER: "traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0",
    });
    expect(settings).toMatchObject({
      protocol: "http/protobuf",
      headers: { a: "1", b: "x y" },
      timeoutMs: 70,
      isCompressed: true,
      resource: { "service.name": "search", "deployment.environment.name": "test" },
    });
    expect(settings.sampler("0".repeat(31).concat("1"), undefined)).toBe(false);
  });

  it.each<[Variables, RegExp]>([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" }, /^OTEL_EXPORTER_OTLP_ENDPOINT is "collector:4318"; allowed/],
    [{ ...ON, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, /^OTEL_EXPORTER_OTLP_PROTOCOL is "grpc"; allowed: http\/json/],
    [{ ...ON, OTEL_TRACES_SAMPLER: "xray" }, /^OTEL_TRACES_SAMPLER is "xray"/],
    [{ ...ON, OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "2" }, /^OTEL_TRACES_SAMPLER_ARG is "2"/],
    [{ ...ON, OTEL_BSP_SCHEDULE_DELAY: "0.5" }, /^OTEL_BSP_SCHEDULE_DELAY is "0.5"/],
    [{ ...ON, OTEL_TRACES_EXPORTER: "console" }, /^OTEL_TRACES_EXPORTER is "console"/],
  ])("count as not set where they cannot be followed, and that is told: %j", (variables, problem) => {
    expect(read(variables).problems).toEqual([expect.stringMatching(problem)]);
  });

  it("never tell the value of a header", () => {
    const { settings, problems } = read({ ...ON, OTEL_EXPORTER_OTLP_HEADERS: "token,key=%zz,ok=1" });
    expect(settings!.headers).toEqual({ ok: "1" });
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toMatch(/token|zz/);
  });
});
