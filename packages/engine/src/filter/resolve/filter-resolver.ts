import { BLOCK_SLOTS, BLOCK_WORDS, type BlockBits, createBlockBits } from "../../core/block-bits.js";
import type { SlotSet } from "../../core/slot-set.js";
import type { FieldColumns } from "../../metadata/fields/field-columns.js";
import type { Filter } from "../../model/filter.js";
import { compileFilter } from "../evaluate.js";
import type { BlockResolver } from "./block-resolver.js";
import type { MetadataSource } from "./metadata-source.js";
import { TermResolver } from "./term.js";

/**
 * Finds which slots of a segment match a filter, from columns: exactly what `compileFilter` says of each record.
 *
 * It works a block of 65,536 slots at a time, whose bits stay in the processor's cache through all terms; between two blocks
 * the caller may give up its turn.
 */
export class FilterResolver {
  readonly #root: BlockResolver;
  readonly #filter: Filter;
  readonly #fields: FieldColumns;
  readonly #source: MetadataSource;
  readonly #bits = createBlockBits();

  /**
   * @param filter  valid, as `parseFilter` and `validateFilter` return it
   * @param fields  of the segment; only slots that are in there can be resolved
   * @param source  the segment
   */
  constructor(filter: Filter, fields: FieldColumns, source: MetadataSource) {
    this.#filter = filter;
    this.#fields = fields;
    this.#source = source;
    this.#root = compile(filter, fields, source);
  }

  /**
   * Readies a block, in pieces of a millisecond or less; only the first filter on a field has anything to ready.
   *
   * @returns  false when it is ready
   */
  prepare(block: number): boolean {
    return this.#root.prepare(block);
  }

  /**
   * Adds the slots of one block that match and are below the limit of `matches`.
   *
   * @param matches  a set with none of these slots
   */
  resolve(block: number, matches: SlotSet): void {
    this.#root.resolve(block, this.#bits);
    this.#askDamaged(block);
    const from = block * BLOCK_WORDS;
    matches.words.set(this.#bits.subarray(0, matches.words.length - from), from);
    const last = matches.limit & 31;
    if (from + BLOCK_WORDS >= matches.words.length && last !== 0) {
      matches.words[matches.words.length - 1]! &= (1 << last) - 1;
    }
  }

  /** Records that no column holds are asked whole; metadata that cannot be decoded fails here as it does when it is read. */
  #askDamaged(block: number): void {
    const damaged = this.#fields.damagedIn(block);
    if (damaged === undefined || damaged.count === 0) return;
    const predicate = compileFilter(this.#filter);
    damaged.forEach((offset) => {
      const bit = 1 << (offset & 31);
      if (predicate(this.#source.metadataOf(block * BLOCK_SLOTS + offset))) this.#bits[offset >>> 5]! |= bit;
      else this.#bits[offset >>> 5]! &= ~bit;
    });
  }
}

function compile(filter: Filter, fields: FieldColumns, source: MetadataSource): BlockResolver {
  switch (filter.kind) {
    case "and":
      return new BothResolver(filter.operands.map((operand) => compile(operand, fields, source)));
    case "or":
      return new EitherResolver(filter.operands.map((operand) => compile(operand, fields, source)));
    case "not":
      return new NotResolver(compile(filter.operand, fields, source));
    default:
      return new TermResolver(filter, fields, source);
  }
}

/** What AND and OR have in common: operands, and bits for all but the first. */
abstract class ListResolver implements BlockResolver {
  readonly #operands: readonly BlockResolver[];
  readonly #bits = createBlockBits();

  constructor(operands: readonly BlockResolver[]) {
    this.#operands = operands;
  }

  prepare(block: number): boolean {
    return this.#operands.some((operand) => operand.prepare(block));
  }

  resolve(block: number, into: BlockBits): void {
    this.#operands[0]!.resolve(block, into);
    for (let i = 1; i < this.#operands.length && !this.isDecided(into); i++) {
      this.#operands[i]!.resolve(block, this.#bits);
      this.join(into, this.#bits);
    }
  }

  protected abstract join(into: BlockBits, other: BlockBits): void;

  /** True when further operands change nothing. */
  protected abstract isDecided(bits: BlockBits): boolean;
}

class BothResolver extends ListResolver {
  protected override join(into: BlockBits, other: BlockBits): void {
    for (let i = 0; i < BLOCK_WORDS; i++) into[i]! &= other[i]!;
  }

  protected override isDecided(bits: BlockBits): boolean {
    for (let i = 0; i < BLOCK_WORDS; i++) if (bits[i] !== 0) return false;
    return true;
  }
}

class EitherResolver extends ListResolver {
  protected override join(into: BlockBits, other: BlockBits): void {
    for (let i = 0; i < BLOCK_WORDS; i++) into[i]! |= other[i]!;
  }

  protected override isDecided(): boolean {
    return false;
  }
}

class NotResolver implements BlockResolver {
  readonly #operand: BlockResolver;

  constructor(operand: BlockResolver) {
    this.#operand = operand;
  }

  prepare(block: number): boolean {
    return this.#operand.prepare(block);
  }

  resolve(block: number, into: BlockBits): void {
    this.#operand.resolve(block, into);
    for (let i = 0; i < BLOCK_WORDS; i++) into[i] = ~into[i]!;
  }
}
