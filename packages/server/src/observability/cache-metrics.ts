import { Counter, Gauge, type Registry } from "prom-client";
import type { CacheNumbers } from "../cache/answer-cache.js";

/** Registers the metrics of the cache of answers; they are read when they are asked for. */
export function registerCacheMetrics(registry: Registry, read: () => CacheNumbers): void {
  const counter = (name: string, help: string, of: (totals: CacheNumbers) => number) =>
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(of(read()));
      },
    });
  counter("vecstore_cache_hits_total", "Queries answered from the cache.", ({ hits }) => hits);
  counter("vecstore_cache_misses_total", "Queries looked for in the cache and not found.", ({ misses }) => misses);
  counter("vecstore_cache_evictions_total", "Answers dropped to make room.", ({ evictions }) => evictions);
  new Gauge({
    name: "vecstore_cache_size_bytes",
    help: "Bytes that the cache of answers holds.",
    registers: [registry],
    collect() {
      this.set(read().sizeBytes);
    },
  });
}
