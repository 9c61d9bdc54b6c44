import { BLOCK_SLOTS, BLOCK_WORDS, type BlockBits, createBlockBits } from "../core/block-bits.js";
import { type Column, createFloat64Column } from "../core/column.js";
import type { SlotSet } from "../core/slot-set.js";
import { assert } from "../errors.js";

/** The deaths of a segment at one moment. */
export interface DeathList {
  /** u32[k], ascending */
  readonly slots: Uint32Array;
  /** f64[k] */
  readonly sequences: Float64Array;
  /** u8[k], 1 when the death is a soft delete */
  readonly soft: Uint8Array;
}

/** Told of each slot whose death came or became hard, right after it did. */
export type DeathListener = (slot: number) => void;

/**
 * The sequence at which each slot died. The sequence of a death never changes; a soft death may become a hard one.
 *
 * One f64 a slot, allocated where slots die: 0 alive, the sequence when dead for good, minus the sequence when soft.
 */
export class Deaths {
  readonly #signed: Column<Float64Array> = createFloat64Column();
  readonly #listeners = new Set<DeathListener>();
  /** The dead slots by block, where any died. */
  readonly #dead: (BlockBits | undefined)[] = [];
  /** Sequence of the latest death. */
  #latest = 0;
  /** Behind the last slot that died. */
  #end = 0;
  #softCount = 0;
  #hardCount = 0;

  /** Slots dead by a soft delete. */
  get softCount(): number {
    return this.#softCount;
  }

  /** Slots dead for good. */
  get hardCount(): number {
    return this.#hardCount;
  }

  /** Sequence of the latest death; 0 when there is none. */
  get latest(): number {
    return this.#latest;
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.#signed.bytes + this.#dead.reduce((sum, bits) => sum + (bits?.byteLength ?? 0), 0);
  }

  /** Sequence of the slot's death, 0 while it is alive. */
  of(slot: number): number {
    return Math.abs(this.#signed.get(slot));
  }

  isSoft(slot: number): boolean {
    return this.#signed.get(slot) < 0;
  }

  /** True when the slot is dead and not by a soft delete: nobody can bring it back. */
  isHard(slot: number): boolean {
    return this.#signed.get(slot) > 0;
  }

  /** The first death stays, save that a hard kill of a soft-deleted slot hardens it. */
  kill(slot: number, sequence: number, soft: boolean): void {
    assert(sequence > 0, "a death has a sequence");
    if (this.#signed.get(slot) !== 0) {
      if (!soft) this.harden(slot);
      return;
    }
    this.#signed.set(slot, soft ? -sequence : sequence);
    this.#end = Math.max(this.#end, slot + 1);
    this.#latest = Math.max(this.#latest, sequence);
    this.#markDead(slot);
    if (soft) this.#softCount++;
    else this.#hardCount++;
    for (const listener of this.#listeners) listener(slot);
  }

  /** Makes a soft death a hard one; does nothing to other slots. */
  harden(slot: number): void {
    const signed = this.#signed.get(slot);
    if (signed >= 0) return;
    this.#signed.set(slot, -signed);
    this.#softCount--;
    this.#hardCount++;
    for (const listener of this.#listeners) listener(slot);
  }

  /**
   * Removes from a set the slots that died at or before a sequence.
   *
   * Cost: one pass over the words of the set; where a slot died later, one step for each dead slot.
   */
  removeFrom(set: SlotSet, sequence: number): void {
    for (const [block, dead] of this.#dead.entries()) {
      const first = block * BLOCK_WORDS;
      const end = Math.min(first + BLOCK_WORDS, set.words.length);
      if (dead === undefined) continue;
      if (this.#latest <= sequence) for (let i = first; i < end; i++) set.words[i]! &= ~dead[i - first]!;
      else for (let i = first; i < end; i++) set.words[i]! &= ~this.#deadBy(sequence, i, dead[i - first]!);
    }
  }

  /** Calls `listener` at each change from now on, until the function it returns is called. */
  watch(listener: DeathListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * All deaths as they are now, in copies.
   *
   * Cost: about 2 ns a slot.
   */
  list(): DeathList {
    const dead = this.#softCount + this.#hardCount;
    const list = { slots: new Uint32Array(dead), sequences: new Float64Array(dead), soft: new Uint8Array(dead) };
    let k = 0;
    for (let slot = 0; slot < this.#end; slot++) {
      const signed = this.#signed.get(slot);
      if (signed === 0) continue;
      list.slots[k] = slot;
      list.sequences[k] = Math.abs(signed);
      list.soft[k] = signed < 0 ? 1 : 0;
      k++;
    }
    return list;
  }

  #markDead(slot: number): void {
    const block = Math.floor(slot / BLOCK_SLOTS);
    while (this.#dead.length <= block) this.#dead.push(undefined);
    this.#dead[block] ??= createBlockBits();
    this.#dead[block][(slot % BLOCK_SLOTS) >>> 5]! |= 1 << (slot & 31);
  }

  /** Those of the dead slots of a word of 32 that died at or before a sequence. */
  #deadBy(sequence: number, index: number, dead: number): number {
    let word = dead;
    for (let rest = dead; rest !== 0; rest &= rest - 1) {
      const bit = rest & -rest;
      if (this.of((index << 5) + 31 - Math.clz32(bit)) > sequence) word &= ~bit;
    }
    return word;
  }
}
