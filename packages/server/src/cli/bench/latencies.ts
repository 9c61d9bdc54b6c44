/** Times of many calls, in milliseconds. */
export interface LatencySummary {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Summarizes times. @param ms  in any order; zeros where there are none */
export function summarizeLatencies(ms: readonly number[]): LatencySummary {
  const sorted = Float64Array.from(ms).sort();
  const at = (share: number) => percentile(sorted, share);
  const mean = sorted.length === 0 ? 0 : sorted.reduce((sum, each) => sum + each, 0) / sorted.length;
  return { mean, p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), p999: at(0.999), max: at(1) };
}

/** The smallest time that so large a share did not exceed (nearest rank). */
function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
