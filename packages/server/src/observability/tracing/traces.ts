import type { Log } from "../logger.js";
import { SpanExporter } from "./span-exporter.js";
import { readTraceSettings, type Variables } from "./trace-settings.js";
import { createTracing, type Tracing } from "./tracing.js";

/** The traces of one server. */
export interface Traces {
  readonly tracing: Tracing;
  /** Sends what is left, and does not wait long for a collector that does not answer. */
  close(): Promise<void>;
}

const CLOSE_MS_MAX = 2_000;

/** Begins to keep and send spans when the OTEL_* variables ask for it; else callers' traces are only named in the log. */
export function startTraces(variables: Variables, version: string, log: Log): Traces {
  const { settings, problems } = readTraceSettings(variables, version);
  for (const problem of problems) log.warn({ problem }, "tracing_misconfigured");
  if (settings === undefined) return { tracing: createTracing(undefined), close: async () => {} };
  const { sampler, ...rest } = settings;
  const onDropped = (spans: number, cause: string) => log.warn({ spans, cause }, "spans_dropped");
  const exporter = new SpanExporter({ ...rest, onDropped });
  log.info({ url: withoutSecrets(settings.url) }, "tracing");
  const tracing = createTracing({ sampler, add: (spans) => exporter.add(spans) });
  return { tracing, close: () => exporter.close(CLOSE_MS_MAX) };
}

/** An address may carry a password or a token. */
function withoutSecrets(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
