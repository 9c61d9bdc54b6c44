import { BLOCK_SLOTS } from "../../core/block-bits.js";
import { LIMITS } from "../../limits.js";
import { decodeUtf8, encodeUtf8 } from "../utf8.js";
import type { FieldNode, FieldTree } from "./field-tree.js";
import { NumberReader } from "./json-numbers.js";
import { startsWith } from "./string-query.js";
import type { ValueBlock } from "./value-block.js";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;

const TRUE = encodeUtf8("true");
const FALSE = encodeUtf8("false");
const NULL = encodeUtf8("null");

/** Children that are compared with a name before it is looked up. */
const GUESSES = 4;

/** What reading one record came to. */
export type ReadOutcome = "whole" | "partly" | "damaged";

/**
 * Reads stored metadata straight into columns. It makes no object, and for usual records no string either: a name is
 * compared with the field that came next in the records before.
 *
 * The JSON is what `encodeMetadata` wrote; whatever else it meets it calls damaged, and never throws.
 */
export class MetadataReader {
  readonly #tree: FieldTree;
  readonly #numbers = new NumberReader();
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #slot = 0;
  #outcome: ReadOutcome = "whole";

  constructor(tree: FieldTree) {
    this.#tree = tree;
  }

  /**
   * Enters the fields of one record.
   *
   * @param bytes  UTF-8 JSON, an object
   * @param slot   above all slots before
   * @returns      "partly" when some field has no column, for want of room; "damaged" when this is not JSON
   */
  read(bytes: Uint8Array, slot: number): ReadOutcome {
    this.#bytes = bytes;
    this.#at = 0;
    this.#slot = slot;
    this.#outcome = "whole";
    try {
      const isObject = this.#next() === BRACE_OPEN && this.#object(this.#tree.root, 1);
      return isObject && this.#next() === undefined ? this.#outcome : "damaged";
    } catch {
      // What is not UTF-8, or an escape that is none.
      return "damaged";
    }
  }

  /** The next byte that is no white space; undefined at the end. */
  #next(): number | undefined {
    let byte = this.#bytes[this.#at];
    while (byte !== undefined && byte <= 0x20) byte = this.#bytes[++this.#at];
    return byte;
  }

  /** Reads the object that begins here; without a node its fields are passed over. Returns false when it is damaged. */
  #object(node: FieldNode | undefined, depth: number): boolean {
    this.#at++;
    if (this.#next() === BRACE_CLOSE) return this.#skip(1);
    if (depth > LIMITS.metadataDepthMax) return false;
    for (let guess = 0; ; ) {
      if (this.#next() !== QUOTE) return false;
      const child = this.#name(node, guess);
      if (child !== undefined) guess = child.place + 1;
      if (this.#next() !== COLON) return false;
      this.#at++;
      if (!this.#value(child, depth)) return false;
      const byte = this.#next();
      this.#at++;
      if (byte === BRACE_CLOSE) return true;
      if (byte !== COMMA) return false;
    }
  }

  #skip(bytes: number): boolean {
    this.#at += bytes;
    return true;
  }

  /** Reads a name, and finds its node; undefined when it has none. */
  #name(parent: FieldNode | undefined, guess: number): FieldNode | undefined {
    if (parent === undefined) {
      this.#string();
      return undefined;
    }
    const { children } = parent;
    for (let i = guess; i < Math.min(guess + GUESSES, children.length); i++) {
      if (this.#isNamed(children[i]!)) {
        this.#at += children[i]!.name.length + 2;
        return children[i];
      }
    }
    if (!this.#string()) return undefined;
    const child = this.#tree.childOf(parent, decodeUtf8(this.#text.subarray(this.#from, this.#to)));
    if (child === undefined) this.#outcome = "partly";
    return child;
  }

  /** Whether the name that begins here, with its quotes, is that of the node. */
  #isNamed({ name, isPlain }: FieldNode): boolean {
    const bytes = this.#bytes;
    const start = this.#at + 1;
    if (!isPlain || bytes[start + name.length] !== QUOTE) return false;
    for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false;
    return true;
  }

  /** The string that `#string` read last is `#text[#from, #to)`. */
  #text: Uint8Array = new Uint8Array(0);
  #from = 0;
  #to = 0;

  /** Reads the string that begins here, with its quotes. */
  #string(): boolean {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start + 1;
    let isEscaped = false;
    for (; bytes[at] !== QUOTE; at++) {
      if (at >= bytes.length) return false;
      if (bytes[at] !== BACKSLASH) continue;
      isEscaped = true;
      at++;
    }
    this.#at = at + 1;
    this.#text = bytes;
    this.#from = start + 1;
    this.#to = at;
    if (isEscaped) this.#unescape(bytes.subarray(start, at + 1));
    return true;
  }

  #unescape(quoted: Uint8Array): void {
    this.#text = encodeUtf8(JSON.parse(decodeUtf8(quoted)) as string);
    this.#from = 0;
    this.#to = this.#text.length;
  }

  #value(node: FieldNode | undefined, depth: number): boolean {
    const block = node?.column.enter(this.#slot);
    switch (this.#next()) {
      case BRACE_OPEN:
        return this.#object(node, depth + 1);
      case BRACKET_OPEN:
        return this.#array(block?.makeElements());
      default:
        return this.#scalar(block?.own);
    }
  }

  /** Reads a scalar into `values`; without, it is passed over. */
  #scalar(values: ValueBlock | undefined): boolean {
    const offset = this.#slot % BLOCK_SLOTS;
    switch (this.#next()) {
      case QUOTE:
        if (!this.#string()) return false;
        values?.addString(offset, this.#text, this.#from, this.#to);
        return true;
      case TRUE[0]:
        values?.trues.add(offset);
        return this.#word(TRUE);
      case FALSE[0]:
        values?.falses.add(offset);
        return this.#word(FALSE);
      case NULL[0]:
        values?.nulls.add(offset);
        return this.#word(NULL);
      default: {
        const number = this.#numbers.read(this.#bytes, this.#at);
        if (!Number.isFinite(number)) return false;
        values?.addNumber(offset, number);
        this.#at = this.#numbers.end;
        return true;
      }
    }
  }

  /** Passes over a word; returns false when another stands here. */
  #word(word: Uint8Array): boolean {
    const isHere = startsWith(this.#bytes, this.#at, this.#bytes.length, word);
    this.#at += word.length;
    return isHere;
  }

  /** Reads an array; what nests in it equals nothing and is passed over. */
  #array(values: ValueBlock | undefined): boolean {
    this.#at++;
    if (this.#next() === BRACKET_CLOSE) return this.#skip(1);
    for (let count = 1; ; count++) {
      const first = this.#next();
      const isNested = first === BRACE_OPEN || first === BRACKET_OPEN;
      const isRoom = count <= LIMITS.fieldElementsMax;
      if (!isRoom) values?.odd.add(this.#slot % BLOCK_SLOTS);
      if (!(isNested ? this.#pass() : this.#scalar(isRoom ? values : undefined))) return false;
      const byte = this.#next();
      this.#at++;
      if (byte === BRACKET_CLOSE) return true;
      if (byte !== COMMA) return false;
    }
  }

  /** Passes over an object or an array, counting brackets of both kinds as one. */
  #pass(): boolean {
    for (let depth = 0; ; ) {
      const byte = this.#next();
      if (byte === undefined) return false;
      if (byte === QUOTE) {
        if (!this.#string()) return false;
        continue;
      }
      this.#at++;
      if (byte === BRACE_OPEN || byte === BRACKET_OPEN) depth++;
      else if ((byte === BRACE_CLOSE || byte === BRACKET_CLOSE) && --depth === 0) return true;
    }
  }
}
