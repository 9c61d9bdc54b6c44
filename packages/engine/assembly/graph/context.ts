import {
  HEADER_CAPACITY, HEADER_CODES, HEADER_CODE_BYTES, HEADER_DIMENSION, HEADER_M, HEADER_NODES, HEADER_STRIDE,
  HEADER_UPPER, LEVEL_MAX, NODE_LINKS, NODE_UPPER, SCRATCH_CANDIDATES, SCRATCH_INPUT, SCRATCH_LIST, SCRATCH_POOL,
  SCRATCH_QUERY, SCRATCH_ROTATED, SCRATCH_SCORES, SCRATCH_SELECTED, SCRATCH_VISITED, SCRATCH_WORK, UPPER_LEVEL,
  UPPER_LINKS,
} from "../../src/core/layout";

// The graph and the scratch that the current call works on.
export let header: usize = 0;
export let scratch: usize = 0;
export let capacity: u32 = 0;
export let m: u32 = 0;
export let codeBytes: u32 = 0;
/** The dimension rounded up to 16. */
export let components: u32 = 0;
/** CODES_INT8, CODES_VECTORS or CODES_BINARY; only int8 codes have sketches. */
export let codes: u32 = 0;
export let nodes: usize = 0;
export let stride: u32 = 0;
/** Offset of the code in a node block; bias and scale stand before it. */
export let codeOffset: u32 = 0;
export let upper: usize = 0;
export let visited: usize = 0;
export let input: usize = 0;
export let query: usize = 0;
export let pool: usize = 0;
export let candidates: usize = 0;
export let list: usize = 0;
export let scores: usize = 0;
export let selected: usize = 0;
export let work: usize = 0;
export let rotated: usize = 0;

/** Fills the globals; every export that works on a graph begins with it. */
export function bind(headerAddress: usize, scratchAddress: usize): void {
  header = headerAddress;
  scratch = scratchAddress;
  capacity = load<u32>(header + HEADER_CAPACITY);
  m = load<u32>(header + HEADER_M);
  codeBytes = load<u32>(header + HEADER_CODE_BYTES);
  components = (load<u32>(header + HEADER_DIMENSION) + 15) & ~15;
  codes = load<u32>(header + HEADER_CODES);
  nodes = load<u32>(header + HEADER_NODES);
  stride = load<u32>(header + HEADER_STRIDE);
  codeOffset = NODE_LINKS + 4 + (m << 3) + 8;
  upper = load<u32>(header + HEADER_UPPER);
  visited = load<u32>(scratch + SCRATCH_VISITED);
  input = load<u32>(scratch + SCRATCH_INPUT);
  query = load<u32>(scratch + SCRATCH_QUERY);
  pool = load<u32>(scratch + SCRATCH_POOL);
  candidates = load<u32>(scratch + SCRATCH_CANDIDATES);
  list = load<u32>(scratch + SCRATCH_LIST);
  scores = load<u32>(scratch + SCRATCH_SCORES);
  selected = load<u32>(scratch + SCRATCH_SELECTED);
  work = load<u32>(scratch + SCRATCH_WORK);
  rotated = load<u32>(scratch + SCRATCH_ROTATED);
}

// @ts-ignore: decorator
@inline
export function nodeAddress(slot: u32): usize {
  return nodes + slot * stride;
}

// @ts-ignore: decorator
@inline
export function codeAddress(slot: u32): usize {
  return nodes + slot * stride + codeOffset;
}

/** The layer up to which a linked node has links. */
export function levelOf(slot: u32): u32 {
  const offset = load<u32>(nodeAddress(slot) + NODE_UPPER);
  return offset == 0 ? 0 : min<u32>(load<u32>(upper + offset + UPPER_LEVEL), LEVEL_MAX);
}

/** Address of a node's links at one layer: the count, then the slots. The node must reach that layer. */
// @ts-ignore: decorator
@inline
export function linksAddress(slot: u32, layer: u32): usize {
  const node = nodeAddress(slot);
  if (layer == 0) return node + NODE_LINKS;
  return upper + load<u32>(node + NODE_UPPER) + UPPER_LINKS + (layer - 1) * (4 + (m << 2));
}

/** Links a node may have at one layer. */
// @ts-ignore: decorator
@inline
export function linksMax(layer: u32): u32 {
  return layer == 0 ? m << 1 : m;
}
