import { delay } from "../core/breathe.js";
import type { Graph } from "../core/graph.js";
import { VecstoreError } from "../errors.js";
import type { Segment } from "../segment/segment.js";
import type { OpenNamespace } from "./open-namespace.js";

/** What scanning the unlinked tail may cost a query before writers are slowed. */
const TAIL_COST_MS = 2;
/** The delay of a write when the tail costs nearly twice that. */
const DELAY_MS_MAX = 200;
/** When a refused writer should come again. */
const RETRY_AFTER_MS = 1_000;
/** A shorter tail is not worth a measurement, nor a delay. */
const TAIL_SLOTS_MIN = 2_048;
/** Hits kept by a measured scan, as by a query of ten results. */
const HITS = 40;
/** The fastest round counts: it met an idle processor, and code that was compiled for good. */
const ROUNDS = 4;

/** What scanning was found to cost on this machine, and over how many slots. */
interface ScanCost {
  readonly slotMs: number;
  readonly slots: number;
}

/** By quantization, metric and dimension. */
const scanCosts = new Map<string, ScanCost>();

/**
 * How many unlinked records cost a query `TAIL_COST_MS`. Measured on the tail itself, and again when it has doubled, since
 * a short tail lies in the processor's cache and a long one does not.
 */
function backlogBound(segment: Segment, tail: number): number {
  const key = `${segment.graph?.quantization}/${segment.metric}/${segment.dimension}`;
  let cost = scanCosts.get(key);
  if (cost === undefined || tail >= 2 * cost.slots) {
    cost = { slotMs: measureSlotMs(segment, tail), slots: Math.max(tail, TAIL_SLOTS_MIN) };
    scanCosts.set(key, cost);
  }
  return Math.max(TAIL_SLOTS_MIN, Math.floor(TAIL_COST_MS / cost.slotMs));
}

/**
 * Lets a write pass while the tail that queries scan is short, delays it in proportion beyond, and refuses it at twice
 * the bound.
 *
 * @param boundOf  unlinked records that cost a query 2 ms; measured on this machine unless a test says otherwise
 * @throws VecstoreError INDEX_BACKLOG with `retry_after_ms`
 */
export async function holdBack(namespace: OpenNamespace, boundOf = backlogBound): Promise<void> {
  const segment = namespace.state.segments.findLast(({ dimension }) => dimension !== 0);
  if (segment?.graph === undefined) return;
  // A new graph catches up within a few turns, and until then there is nothing to measure.
  if (segment.graph.count < segment.count) return;
  const { backlog } = namespace.state;
  if (backlog <= TAIL_SLOTS_MIN) return;
  const bound = Math.min(boundOf(segment, segment.count - segment.indexed), ringBound(segment.graph));
  if (backlog <= bound) return;
  const excess = backlog / bound - 1;
  if (excess < 1) {
    await delay(excess * DELAY_MS_MAX);
    return;
  }
  const message = `${backlog} records wait to be indexed; namespace ${JSON.stringify(namespace.state.context.name)} takes writes again below ${2 * bound}; retry after ${RETRY_AFTER_MS} ms`;
  throw new VecstoreError("INDEX_BACKLOG", message, {
    backlog: String(backlog),
    bound: String(2 * bound),
    retry_after_ms: String(RETRY_AFTER_MS),
  });
}

/** The tail is searched by the codes that the graph keeps for it: refused at twice the bound, it never outgrows them. */
function ringBound({ tailSlots, capacity }: Graph): number {
  return tailSlots < capacity ? tailSlots >>> 1 : Number.POSITIVE_INFINITY;
}

/** Cost of searching one slot at the end of a segment, milliseconds, as queries do it. */
function measureSlotMs(segment: Segment, tail: number): number {
  const { count, graph } = segment;
  const from = Math.max(count - tail, graph?.tailStart ?? count);
  const query = segment.vectorOf(count - 1);
  let bestMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const startedMs = performance.now();
    graph?.scanTail(query, from, count, HITS);
    bestMs = Math.min(bestMs, performance.now() - startedMs);
  }
  // A coarse clock can say 0.
  return Math.max(bestMs, 1e-3) / Math.max(1, count - from);
}
