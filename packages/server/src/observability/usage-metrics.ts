import { Counter, Gauge, type Registry } from "prom-client";
import { Tally } from "./hot-metrics.js";
import type { NamespaceLabels } from "./namespace-labels.js";

/** How far one quota of a namespace is used. */
export interface QuotaRatio {
  readonly quota: string;
  /** 1 when it is used up. */
  readonly ratio: number;
}

/** What of a namespace is read when metrics are asked for. */
export interface UsageNumbers {
  readonly vectorSeconds: number;
  readonly quotaRatios: readonly QuotaRatio[];
}

/** What requests did in one namespace. */
export interface Totals {
  readonly requests?: number;
  readonly refusals?: number;
  readonly bytesIn?: number;
  readonly bytesOut?: number;
}

/** Metrics of what each namespace uses. */
export function createUsageMetrics(registry: Registry, labels: NamespaceLabels) {
  const counter = (name: string, help: string, labelNames = ["namespace"]) =>
    new Counter({ name, help, labelNames, registers: [registry] });
  const tally = (name: string, help: string) => new Tally({ name, help, labelNames: ["namespace"], registry });
  const requests = tally("vecstore_namespace_requests_total", "Requests of data that reached a namespace and ended.");
  const bytesIn = tally("vecstore_namespace_received_bytes_total", "Bytes of the bodies of those requests.");
  const bytesOut = tally("vecstore_namespace_sent_bytes_total", "Bytes of the bodies of their answers.");
  const refusals = tally("vecstore_namespace_refusals_total", "Requests that a quota of the namespace refused.");
  const vectorSeconds = counter(
    "vecstore_namespace_vector_seconds_total",
    "Records times seconds stored since the namespace was created.",
  );
  const warnings = counter("vecstore_quota_warnings_total", "Times that a quota came to be used by 80 %.", ["quota"]);
  const utilization = new Gauge({
    name: "vecstore_quota_utilization_ratio",
    help: "Share of a quota that is used, of namespaces that have it.",
    labelNames: ["namespace", "quota"],
    registers: [registry],
  });
  return {
    /** Adds what requests did in a namespace. */
    add(name: string, more: Totals): void {
      const namespace = labels.of(name);
      if (more.requests) requests.add(more.requests, namespace);
      if (more.refusals) refusals.add(more.refusals, namespace);
      if (more.bytesIn) bytesIn.add(more.bytesIn, namespace);
      if (more.bytesOut) bytesOut.add(more.bytesOut, namespace);
    },
    /** Counts one warning of a quota. */
    warning: (quota: string) => warnings.inc({ quota }),
    /** Takes on what was read of the namespaces, just before the page is made. */
    set(numbers: ReadonlyMap<string, UsageNumbers>): void {
      // A namespace that is gone, or whose quota was taken away, must not keep its last values.
      vectorSeconds.reset();
      utilization.reset();
      for (const [namespace, of] of numbers) {
        vectorSeconds.inc({ namespace }, of.vectorSeconds);
        for (const { quota, ratio } of of.quotaRatios) utilization.set({ namespace, quota }, ratio);
      }
    },
  };
}
