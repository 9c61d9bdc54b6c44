import { breathe } from "../core/breathe.js";
import type { Consolidation } from "../core/graph.js";
import { GONE } from "../core/layout.js";
import { SlotSet } from "../core/slot-set.js";
import { LIMITS } from "../limits.js";
import { type GraphInfo, graphOptions } from "./graph-info.js";
import type { Segment } from "./segment.js";

/** A larger share of dead slots than this leaves so much to be linked anew that a new graph costs no more. */
const DEAD_SHARE_MAX = 0.5;

/** Slots looked at in one turn of the event loop. */
const SLOTS_PER_TURN = 65_536;

/** The graph of one source of a merge on its way to become that of the target. */
export interface GraphReuse {
  /** The source. */
  readonly segment: Segment;
  readonly consolidation: Consolidation;
  readonly info: GraphInfo;
  /** u32[kept]: the source's slots whose nodes stay, which are the target's slots 0, 1 and so on. */
  readonly slots: Uint32Array;
  /** Slots of the source that were dead for good when that was decided. */
  readonly deadThen: number;
}

/**
 * Begins to make a graph for the target of a merge of the largest graph among its sources.
 *
 * @param target  empty; its first slots must become those of `slots`
 * @returns       undefined when building one anew is as good, or it cannot be made
 */
export async function reuseGraph(sources: readonly Segment[], target: Segment): Promise<GraphReuse | undefined> {
  const segment = sources.reduce((best, other) => (other.indexed > best.indexed ? other : best));
  const { graph, graphInfo, indexed, deadCount } = segment;
  if (graph === undefined || graphInfo === undefined || deadCount > segment.count * DEAD_SHARE_MAX) return undefined;
  if (indexed - deadCount < (target.options.graphRecordsMin ?? LIMITS.graphRecordsMin)) return undefined;
  const info: GraphInfo = { capacity: target.capacity, seed: target.options.seed, mean: graphInfo.mean };
  try {
    const { core } = target.options;
    const stays = await keptSlots(segment);
    const consolidation = await core.consolidateGraph(graph, stays, graphOptions(target.options, info));
    if (consolidation === undefined) return undefined;
    return { segment, consolidation, info, slots: await inverse(consolidation), deadThen: deadCount };
  } catch {
    // A graph is derived: no memory for it, or a thread that died, must not fail a merge.
    return undefined;
  }
}

async function keptSlots({ count, deaths }: Segment): Promise<SlotSet> {
  const kept = new SlotSet(count);
  for (let slot = 0; slot < count; slot++) {
    if (!deaths.isHard(slot)) kept.add(slot);
    if (slot % SLOTS_PER_TURN === SLOTS_PER_TURN - 1) await breathe();
  }
  return kept;
}

async function inverse({ slots, kept }: Consolidation): Promise<Uint32Array> {
  const old = new Uint32Array(kept);
  for (let slot = 0; slot < slots.length; slot++) {
    if (slots[slot] !== GONE) old[slots[slot]!] = slot;
    if (slot % SLOTS_PER_TURN === SLOTS_PER_TURN - 1) await breathe();
  }
  return old;
}
