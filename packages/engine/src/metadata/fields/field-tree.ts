import { LIMITS } from "../../limits.js";
import { encodeUtf8, utf8Length } from "../utf8.js";
import { FieldColumn } from "./field-column.js";

const BACKSLASH = 0x5c;
const QUOTE = 0x22;

/** A name at one place of the metadata, the fields below it, and its column. */
export class FieldNode {
  /** UTF-8. */
  readonly name: Uint8Array;
  /** False when JSON writes the name in other bytes than its own. */
  readonly isPlain: boolean;
  /** In the order they were met: records name their fields in the same order, mostly. */
  readonly children: FieldNode[] = [];
  /** Place among the children of its parent. */
  readonly place: number;
  readonly column: FieldColumn;
  readonly #byName = new Map<string, FieldNode>();

  constructor(name: string, place: number, seed: number) {
    this.name = encodeUtf8(name);
    this.isPlain = this.name.every((byte) => byte !== BACKSLASH && byte !== QUOTE && byte >= 0x20);
    this.place = place;
    this.column = new FieldColumn(seed);
  }

  child(name: string): FieldNode | undefined {
    return this.#byName.get(name);
  }

  addChild(name: string, seed: number): FieldNode {
    const node = new FieldNode(name, this.children.length, seed);
    this.children.push(node);
    this.#byName.set(name, node);
    return node;
  }
}

/** The fields of one segment by path, as many as `LIMITS.fieldsMax`: those that come first. */
export class FieldTree {
  readonly root: FieldNode;
  readonly #seed: number;
  #count = 0;

  /** @param seed  u32, key of hashes */
  constructor(seed: number) {
    this.#seed = seed;
    this.root = new FieldNode("", 0, seed);
  }

  /** Bytes of memory held by the columns. */
  get bytes(): number {
    return bytesBelow(this.root);
  }

  /** The child of `parent` with this name, made if there is room; undefined when there is none. */
  childOf(parent: FieldNode, name: string): FieldNode | undefined {
    const known = parent.child(name);
    if (known !== undefined) return known;
    if (this.#count >= LIMITS.fieldsMax || utf8Length(name) > LIMITS.fieldStringBytesMax) return undefined;
    this.#count++;
    return parent.addChild(name, this.#seed);
  }

  /** The column of a path; undefined when no record has it, or it came when there was no room. */
  column(path: readonly string[]): FieldColumn | undefined {
    let node: FieldNode | undefined = this.root;
    for (const name of path) node = node?.child(name);
    return node?.column;
  }
}

function bytesBelow(node: FieldNode): number {
  return node.children.reduce((sum, child) => sum + bytesBelow(child), node.column.bytes);
}
