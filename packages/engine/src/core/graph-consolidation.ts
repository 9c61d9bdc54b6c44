import { breathe } from "./breathe.js";
import { BuildStep, type StepPlace } from "./build-step.js";
import type { Builder } from "./builder.js";
import type { Consolidation, Graph } from "./graph.js";
import type { GraphFilePlace } from "./graph-file.js";
import * as layout from "./layout.js";
import type { SlotSet } from "./slot-set.js";

/** Bytes copied in one turn: a fraction of a millisecond. */
const CHUNK_BYTES = 2 * 1024 * 1024;
/** Slots marked in one turn. */
const SLOTS_PER_TURN = 65_536;

/** A graph that nobody has seen yet, to be filled with the nodes of another one. */
export interface ConsolidationTarget extends StepPlace {
  readonly filePlace: GraphFilePlace;
  /** Makes the nodes [0, kept) of its memory its own. */
  adoptNodes(kept: number, entry: number): Graph;
  release(): Promise<void>;
}

/** True when a graph's memory can take all nodes of another one of the same kind, which it does for a while. */
export function takesNodesOf(target: GraphFilePlace, source: GraphFilePlace, nodes: number): boolean {
  const [a, b] = [source.options, target.options];
  const isSameKind = a.dimension === b.dimension && a.metric === b.metric && a.m === b.m;
  const { tailSlots, tailStride, upperBytes } = target.place;
  const hasRoom = tailSlots * tailStride >= layout.CONSOLIDATION_SLOTS + 4 * nodes && upperBytes >= upperUsed(source);
  return isSameKind && b.capacity >= nodes && hasRoom;
}

/** See `Core.consolidateGraph`. */
export class GraphConsolidation implements Consolidation {
  readonly slots: Uint32Array;
  readonly kept: number;
  readonly graph: Promise<Graph>;
  readonly #builder: Builder;
  readonly #target: ConsolidationTarget;
  #step: BuildStep | undefined;
  #isCanceled = false;

  private constructor(builder: Builder, target: ConsolidationTarget, nodes: number) {
    this.#builder = builder;
    this.#target = target;
    this.slots = slotsIn(target.filePlace, nodes).slice();
    this.kept = fieldOf(target.filePlace, layout.CONSOLIDATION_KEPT);
    this.graph = this.#finish(nodes);
    // Whoever cancels does not wait for it.
    this.graph.catch(() => undefined);
  }

  /**
   * Copies the first `nodes` nodes of a graph that nobody builds meanwhile and numbers those that stay; the rest goes on by itself.
   *
   * @param target  takes the nodes; on failure it is the caller's to release
   */
  static async begin(
    builder: Builder,
    source: GraphFilePlace,
    target: ConsolidationTarget,
    nodes: number,
    stays: SlotSet,
  ): Promise<GraphConsolidation> {
    await copyNodes(source, target.filePlace, nodes, stays);
    const progress = () => fieldOf(target.filePlace, layout.CONSOLIDATION_NUMBERED);
    await new BuildStep(builder, alone(target), { task: "assignSlots", total: nodes, progress }).run();
    return new GraphConsolidation(builder, target, nodes);
  }

  async cancel(): Promise<void> {
    this.#isCanceled = true;
    this.#step?.stop();
    await this.graph.then((graph) => graph.release()).catch(() => undefined);
  }

  async #finish(nodes: number): Promise<Graph> {
    const target = this.#target;
    const { filePlace } = target;
    const entry = this.slots[fieldOf(filePlace, layout.CONSOLIDATION_ENTRY)] ?? 0;
    const used = upperUsed(filePlace);
    try {
      const repaired = () => Atomics.load(wordsOf(filePlace), fieldAt(filePlace, layout.CONSOLIDATION_DONE));
      await this.#run(new BuildStep(this.#builder, target, { task: "repair", total: nodes, progress: repaired }));
      const moved = () =>
        fieldOf(filePlace, layout.CONSOLIDATION_MOVED) + fieldOf(filePlace, layout.CONSOLIDATION_UPPER_FROM);
      const work = { task: "renumber", total: nodes + used, progress: moved } as const;
      await this.#run(new BuildStep(this.#builder, alone(target), work));
      return target.adoptNodes(this.kept, entry);
    } catch (error) {
      await target.release();
      throw error;
    }
  }

  async #run(step: BuildStep): Promise<void> {
    this.#step = step;
    const done = step.run();
    if (this.#isCanceled) step.stop();
    await done;
  }
}

/** The place with room for one thread, for steps that are done in order. */
function alone({ memory, exports, header, scratches }: StepPlace): StepPlace {
  return { memory, exports, header, scratches: scratches.slice(0, 1) };
}

async function copyNodes(source: GraphFilePlace, target: GraphFilePlace, nodes: number, stays: SlotSet): Promise<void> {
  const words = wordsOf(target);
  const state = fieldAt(target, 0);
  words.fill(0, state, state + layout.CONSOLIDATION_SLOTS / 4);
  words[fieldAt(target, layout.CONSOLIDATION_COUNT)] = nodes;
  words[fieldAt(target, layout.CONSOLIDATION_ENTRY)] = layout.GONE;
  words[fieldAt(target, layout.CONSOLIDATION_UPPER_FROM)] = layout.UPPER_FIRST;
  words[fieldAt(target, layout.CONSOLIDATION_UPPER_TO)] = layout.UPPER_FIRST;
  words[(target.place.header + layout.HEADER_UPPER_USED) / 4] = upperUsed(source);
  // What clears the marks of traversals goes by it.
  words[(target.place.header + layout.HEADER_COUNT) / 4] = nodes;
  await copyBytes(source, source.place.upper, target, target.place.upper, upperUsed(source));
  await copyBytes(source, source.place.nodes, target, target.place.nodes, nodes * source.place.stride);
  const slots = slotsIn(target, nodes);
  for (let slot = 0; slot < nodes; slot++) {
    slots[slot] = slot < stays.limit && stays.has(slot) ? 0 : layout.GONE;
    if (slot % SLOTS_PER_TURN === SLOTS_PER_TURN - 1) await breathe();
  }
}

async function copyBytes(
  source: GraphFilePlace,
  from: number,
  target: GraphFilePlace,
  to: number,
  bytes: number,
): Promise<void> {
  for (let at = 0; at < bytes; at += CHUNK_BYTES) {
    const length = Math.min(CHUNK_BYTES, bytes - at);
    new Uint8Array(target.buffer, to + at, length).set(new Uint8Array(source.buffer, from + at, length));
    await breathe();
  }
}

function upperUsed(file: GraphFilePlace): number {
  return wordsOf(file)[(file.place.header + layout.HEADER_UPPER_USED) / 4]!;
}

function wordsOf({ buffer }: GraphFilePlace): Uint32Array {
  return new Uint32Array(buffer);
}

/** Index in the words of a field of the state. */
function fieldAt({ place }: GraphFilePlace, offset: number): number {
  return (place.tail + offset) / 4;
}

function fieldOf(file: GraphFilePlace, offset: number): number {
  return wordsOf(file)[fieldAt(file, offset)]!;
}

function slotsIn({ buffer, place }: GraphFilePlace, nodes: number): Uint32Array {
  return new Uint32Array(buffer, place.tail + layout.CONSOLIDATION_SLOTS, nodes);
}
