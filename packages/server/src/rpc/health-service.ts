import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { type Health, HealthCheckResponse_ServingStatus as Status } from "../gen/grpc/health/v1/health_pb.js";
import type { Lifecycle } from "../lifecycle.js";

/** What the health service looks at. */
export interface HealthOptions {
  readonly lifecycle: Lifecycle;
  readonly probe: () => Promise<string | undefined>;
  /** Full names of the services; the empty name is the server. */
  readonly names: readonly string[];
}

/** `grpc.health.v1.Health`: all services rise and fall together. */
export function createHealthService({ lifecycle, probe, names }: HealthOptions): ServiceImpl<typeof Health> {
  const known = new Set(["", ...names]);
  const statusNow = async () => ((await probe()) === undefined ? Status.SERVING : Status.NOT_SERVING);
  return {
    async check({ service }) {
      if (!known.has(service)) throw new ConnectError(`unknown service ${JSON.stringify(service)}`, Code.NotFound);
      return { status: await statusNow() };
    },

    async *watch({ service }, context) {
      if (!known.has(service)) {
        yield { status: Status.SERVICE_UNKNOWN };
        await changed(lifecycle, context.signal, () => false);
        return;
      }
      let last: Status | undefined;
      while (!context.signal.aborted) {
        const phase = lifecycle.phase;
        const status = await statusNow();
        if (status !== last) yield { status };
        last = status;
        // A drain waits for streams, and watchers never end by themselves.
        if (phase === "draining") return;
        await changed(lifecycle, context.signal, () => lifecycle.phase !== phase);
      }
    },

    async list() {
      const status = await statusNow();
      return { statuses: Object.fromEntries([...known].map((name) => [name, { status }])) };
    },
  };
}

/** Resolves when `isOver` holds after a change, the drain begins, or the caller goes. */
function changed(lifecycle: Lifecycle, signal: AbortSignal, isOver: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!signal.aborted && lifecycle.phase !== "draining" && !isOver()) return;
      stop();
      signal.removeEventListener("abort", look);
      resolve();
    };
    const stop = lifecycle.onChange(look);
    signal.addEventListener("abort", look);
    look();
  });
}
