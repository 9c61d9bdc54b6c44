import type { Quantization } from "../model/namespace.js";
import { graphLayout } from "./graph-layout.js";
import * as layout from "./layout.js";

/** The links of a saved graph, read from its bytes. */
export interface GraphStructure {
  readonly indexed: number;
  readonly entryPoint: number;
  /** By slot, then by layer: the slots it links to. */
  readonly links: readonly (readonly (readonly number[])[])[];
  /** By slot: its twins, as they are chained. */
  readonly twins: readonly (readonly number[])[];
}

/** Reads the bytes of `Graph.save`; see graph-file.ts for their order. */
export function readStructure(
  bytes: Uint8Array,
  dimension: number,
  m: number,
  quantization: Quantization = "int8",
): GraphStructure {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (at: number) => words.getUint32(at, true);
  const [indexed, entryPoint, upperBytes] = [word(28), word(32), word(36)];
  const upper = 48 + 4 * dimension;
  const nodes = upper + upperBytes;
  const { stride } = graphLayout(dimension, m, 1, { quantization });
  const list = (at: number) => Array.from({ length: word(at) }, (_, i) => word(at + 4 + 4 * i));
  const links = [];
  const twins = [];
  for (let slot = 0; slot < indexed; slot++) {
    const node = nodes + slot * stride;
    const block = word(node + layout.NODE_UPPER);
    const level = block === 0 ? 0 : word(upper + block + layout.UPPER_LEVEL);
    const lists = [list(node + layout.NODE_LINKS)];
    for (let layer = 1; layer <= level; layer++) {
      lists.push(list(upper + block + layout.UPPER_LINKS + (layer - 1) * (4 + 4 * m)));
    }
    links.push(lists);
    const chain = [];
    let twin = block === 0 ? 0 : word(upper + block + layout.UPPER_TWIN);
    for (; twin !== 0; twin = word(nodes + twin * stride + layout.NODE_LINKS + 4)) chain.push(twin);
    twins.push(chain);
  }
  return { indexed, entryPoint, links, twins };
}

/** What is wrong with a graph, in words; empty when nothing is. */
export function faultsOf({ indexed, links, twins }: GraphStructure, m: number): string[] {
  const faults: string[] = [];
  links.forEach((lists, slot) => {
    lists.forEach((list, layer) => {
      const name = `slot ${slot}, layer ${layer}`;
      if (list.length > (layer === 0 ? 2 * m : m)) faults.push(`${name}: ${list.length} links`);
      if (new Set(list).size < list.length) faults.push(`${name}: a link comes twice`);
      for (const to of list) {
        if (to >= indexed || to === slot) faults.push(`${name}: a link to ${to} of ${indexed}`);
        else if (links[to]!.length <= layer) faults.push(`${name}: a link to ${to}, which does not reach that layer`);
      }
    });
    const chain = twins[slot]!;
    if (chain.some((twin, i) => i > 0 && twin >= chain[i - 1]!)) faults.push(`slot ${slot}: twins ${chain}`);
  });
  return faults;
}

/** Slots that no walk from the entry point meets. Choosing links anew can cut a node off, of one thread too, but rarely. */
export function unreachedOf({ indexed, entryPoint, links, twins }: GraphStructure): number[] {
  const reached = new Set(indexed > 0 ? [entryPoint] : []);
  for (const slot of reached) for (const to of [...links[slot]![0]!, ...twins[slot]!]) reached.add(to);
  return Array.from({ length: indexed }, (_, slot) => slot).filter((slot) => !reached.has(slot));
}
