import { createSampler, SAMPLERS, type Sampler, type SamplerName } from "./sampler.js";

/** How spans are written: OTLP over HTTP, in either of its two forms. */
export type TraceProtocol = (typeof PROTOCOLS)[number];

const PROTOCOLS = ["http/json", "http/protobuf"] as const;

/** Where spans go, and which. */
export interface TraceSettings {
  /** Takes OTLP over HTTP. */
  readonly url: string;
  /** Sent with each batch. */
  readonly headers: Readonly<Record<string, string>>;
  readonly protocol: TraceProtocol;
  /** For one batch, milliseconds. */
  readonly timeoutMs: number;
  readonly isCompressed: boolean;
  readonly sampler: Sampler;
  /** Who the server is: `service.name` and what OTEL_RESOURCE_ATTRIBUTES adds. */
  readonly resource: Readonly<Record<string, string>>;
  /** Spans that wait at most; more are dropped. */
  readonly queueMax: number;
  /** Spans of one batch at most. */
  readonly batchMax: number;
  /** How long a span waits for others, milliseconds. */
  readonly delayMs: number;
}

/** Environment variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What the variables ask for, and what in them could not be followed. */
export interface ReadTraceSettings {
  /** Undefined while tracing is off. */
  readonly settings: TraceSettings | undefined;
  /** Sentences for the log. */
  readonly problems: readonly string[];
}

const ENDPOINT_DEFAULT = "http://localhost:4318";
const SERVICE_NAME = "vecstore";

/**
 * Reads the OTEL_* variables. Tracing is on when they name an endpoint, or the exporter `otlp`; a value that cannot be followed
 * is as good as absent, as their specification has it, and is told of.
 *
 * Source: OpenTelemetry specification, "Environment Variable Specification" and "OpenTelemetry Protocol Exporter".
 */
export function readTraceSettings(variables: Variables, version: string): ReadTraceSettings {
  const problems: string[] = [];
  const reader = new Reader(variables, problems);
  const url = urlOf(reader);
  if (url === undefined) return { settings: undefined, problems };
  const sampler = reader.word("OTEL_TRACES_SAMPLER", SAMPLERS) ?? "parentbased_always_on";
  const settings: TraceSettings = {
    url,
    protocol: reader.choice("PROTOCOL", PROTOCOLS) ?? "http/json",
    headers: reader.pairs(reader.exporterName("HEADERS")),
    timeoutMs: reader.integer(reader.exporterName("TIMEOUT"), 10_000),
    isCompressed: reader.choice("COMPRESSION", ["gzip", "none"] as const) === "gzip",
    sampler: createSampler(sampler, ratioOf(reader, sampler)),
    resource: resourceOf(reader, version),
    queueMax: reader.integer("OTEL_BSP_MAX_QUEUE_SIZE", 2_048),
    batchMax: reader.integer("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512),
    delayMs: reader.integer("OTEL_BSP_SCHEDULE_DELAY", 5_000),
  };
  return { settings, problems };
}

function urlOf(reader: Reader): string | undefined {
  if (reader.text("OTEL_SDK_DISABLED")?.toLowerCase() === "true") return undefined;
  const exporter = reader.word("OTEL_TRACES_EXPORTER", ["otlp", "none"] as const);
  if (exporter === "none") return undefined;
  const own = reader.url("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  if (own !== undefined) return own;
  const base = reader.url("OTEL_EXPORTER_OTLP_ENDPOINT") ?? (exporter === "otlp" ? ENDPOINT_DEFAULT : undefined);
  return base && `${base.replace(/\/+$/, "")}/v1/traces`;
}

function ratioOf(reader: Reader, sampler: SamplerName): number {
  const text = sampler.endsWith("traceidratio") ? reader.text("OTEL_TRACES_SAMPLER_ARG") : undefined;
  if (text === undefined) return 1;
  const ratio = Number(text);
  if (ratio >= 0 && ratio <= 1) return ratio;
  reader.refuse("OTEL_TRACES_SAMPLER_ARG", text, "a number 0..1");
  return 1;
}

function resourceOf(reader: Reader, version: string): Record<string, string> {
  const named = reader.pairs("OTEL_RESOURCE_ATTRIBUTES");
  const service = reader.text("OTEL_SERVICE_NAME");
  return {
    "service.name": SERVICE_NAME,
    "service.version": version,
    "telemetry.sdk.language": "nodejs",
    "telemetry.sdk.name": SERVICE_NAME,
    "telemetry.sdk.version": version,
    ...named,
    ...(service !== undefined && { "service.name": service }),
  };
}

/** Reads variables of several kinds. An empty one counts as not set. */
class Reader {
  readonly #variables: Variables;
  readonly #problems: string[];

  constructor(variables: Variables, problems: string[]) {
    this.#variables = variables;
    this.#problems = problems;
  }

  text(name: string): string | undefined {
    const text = this.#variables[name]?.trim();
    return text === "" ? undefined : text;
  }

  /** The variable for traces where it is set, else the one for everything that is exported. */
  exporterName(last: string): string {
    const own = `OTEL_EXPORTER_OTLP_TRACES_${last}`;
    return this.text(own) === undefined ? `OTEL_EXPORTER_OTLP_${last}` : own;
  }

  word<const T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const text = this.text(name);
    const found = allowed.find((each) => each === text);
    if (text !== undefined && found === undefined) this.refuse(name, text, allowed.join(", "));
    return found;
  }

  choice<const T extends string>(last: string, allowed: readonly T[]): T | undefined {
    return this.word(this.exporterName(last), allowed);
  }

  integer(name: string, absent: number): number {
    const text = this.text(name);
    if (text === undefined) return absent;
    const value = Number(text);
    if (Number.isSafeInteger(value) && value > 0 && value < 2 ** 31) return value;
    this.refuse(name, text, "a whole number of 1 or more");
    return absent;
  }

  url(name: string): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
    this.refuse(name, text, "an address that begins with http:// or https://");
    return undefined;
  }

  /** `a=1,b=2`, percent-encoded as in W3C Baggage. */
  pairs(name: string): Record<string, string> {
    const pairs: Record<string, string> = {};
    for (const pair of this.text(name)?.split(",") ?? []) {
      const [key, value] = splitPair(pair);
      // Values may be secret, so the message has none.
      if (key === undefined) this.#problems.push(`${name} has a part that is no key=value; it is left out`);
      else pairs[key] = value;
    }
    return pairs;
  }

  refuse(name: string, got: string, allowed: string): void {
    this.#problems.push(`${name} is ${JSON.stringify(got)}; allowed: ${allowed}; it counts as not set`);
  }
}

function splitPair(pair: string): [key: string, value: string] | [undefined, undefined] {
  const at = pair.indexOf("=");
  const key = pair.slice(0, Math.max(0, at)).trim();
  if (key === "") return [undefined, undefined];
  try {
    return [key, decodeURIComponent(pair.slice(at + 1).trim())];
  } catch {
    return [undefined, undefined];
  }
}
