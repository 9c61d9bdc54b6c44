// How long the event loop is held up, and how much of that the system took for other processes.
import { existsSync, readFileSync } from "node:fs";
import { monitorEventLoopDelay, PerformanceObserver } from "node:perf_hooks";

const TICK_MS = 1;
/** Of the process's first thread: nanoseconds on a processor, nanoseconds it waited for one, turns. Linux only. */
const SCHEDULE = "/proc/self/schedstat";

/**
 * @typedef {object} Stalls
 * @property {number} worstMs       the longest time between two ticks, less the tick
 * @property {number} worstOwnMs    the same without the time in which the thread was ready and had no processor
 * @property {number} worstBusyMs   the longest time that the thread computed in, between two ticks: what the engine itself is to blame for
 * @property {number} worstPauseMs  the longest pause for the collection of garbage
 * @property {number} monitorMaxMs  the longest delay that `perf_hooks.monitorEventLoopDelay` saw
 * @property {number} over20        stalls above 20 ms, by own time
 * @property {number} busyOver20    the same by the time that the thread computed
 * @property {number} atMs          when the longest own one ended, from the start
 */

/** Watches the event loop from now until `stop`, which returns {@link Stalls}. */
export function watchStalls() {
  const monitor = monitorEventLoopDelay({ resolution: 1 });
  monitor.enable();
  const stalls = { worstMs: 0, worstOwnMs: 0, worstBusyMs: 0, worstPauseMs: 0, over20: 0, busyOver20: 0, atMs: 0 };
  const pauses = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) stalls.worstPauseMs = Math.max(stalls.worstPauseMs, duration);
  });
  pauses.observe({ entryTypes: ["gc"] });
  const startMs = performance.now();
  let last = moment();
  const timer = setInterval(() => {
    const now = moment();
    const lateMs = now.ms - last.ms - TICK_MS;
    const ownMs = Math.max(0, lateMs - (now.waitedMs - last.waitedMs));
    stalls.worstMs = Math.max(stalls.worstMs, lateMs);
    const busyMs = Math.min(lateMs, now.ranMs - last.ranMs);
    stalls.worstBusyMs = Math.max(stalls.worstBusyMs, busyMs);
    if (ownMs > 20) stalls.over20++;
    if (busyMs > 20) stalls.busyOver20++;
    if (ownMs > stalls.worstOwnMs) Object.assign(stalls, { worstOwnMs: ownMs, atMs: now.ms - startMs });
    last = now;
  }, TICK_MS);
  return {
    stop() {
      clearInterval(timer);
      monitor.disable();
      pauses.disconnect();
      return { ...stalls, monitorMaxMs: monitor.max / 1e6 };
    },
  };
}

const hasSchedule = existsSync(SCHEDULE);

function moment() {
  const ms = performance.now();
  // Without the system's word all of the time counts as work.
  if (!hasSchedule) return { ms, ranMs: ms, waitedMs: 0 };
  const [ran, waited] = readFileSync(SCHEDULE, "utf8").split(" ");
  return { ms, ranMs: Number(ran) / 1e6, waitedMs: Number(waited) / 1e6 };
}
