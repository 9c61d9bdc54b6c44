import { totalmem } from "node:os";
import { Gauge, type Registry } from "prom-client";

/** Adds the memory that the process may use, in bytes, read whenever the page is: a container's limit may be changed. */
export function addMemoryLimit(registry: Registry): void {
  new Gauge({
    name: "vecstore_memory_limit_bytes",
    help: "Bytes of memory of the machine, or of the container where that has fewer.",
    registers: [registry],
    collect() {
      this.set(memoryLimitBytes());
    },
  });
}

/** Bytes, above 0. The engine divides the same number among its parts. */
export function memoryLimitBytes(): number {
  // 0 or absent without a limit; some systems say an enormous number for that.
  const ofContainer = process.constrainedMemory?.() || Number.POSITIVE_INFINITY;
  return Math.min(totalmem(), ofContainer);
}
