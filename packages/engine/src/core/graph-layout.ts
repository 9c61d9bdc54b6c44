import type { Metric, Quantization } from "../model/namespace.js";
import {
  FLIGHT_SLOTS,
  HEADER_BYTES,
  LIST_ENTRIES,
  LOCKS,
  NODE_LINKS,
  POOL_ENTRIES,
  RESERVED_BYTES,
  SCRATCH_BYTES,
  UPPER_FIRST,
  UPPER_LINKS,
} from "./layout.js";

/** Numbers of the metrics in headers and kernels. On disk: do not renumber. */
export const METRIC_NUMBERS: Readonly<Record<Metric, number>> = { cosine: 0, dot: 1, euclidean: 2 };

/** Bytes of one WASM page. */
export const PAGE_BYTES = 65536;
const MEMORY_BYTES_MAX = 65536 * PAGE_BYTES;
/** Vectors are encoded from a buffer of this size, or of one vector if that is larger. */
const INPUT_BYTES = 65536;

/** The newest codes are kept side by side in a ring of this size at most: more than may wait for the builder. */
const TAIL_BYTES_MAX = 64 * 1024 * 1024;

/** What the room of a graph is reckoned with: how many records fit must not depend on the machine. */
const BUILDERS_COUNTED = 1;

/** Addresses of one thread's buffers. */
export interface ScratchLayout {
  readonly address: number;
  readonly visited: number;
  readonly input: number;
  readonly query: number;
  readonly pool: number;
  readonly candidates: number;
  readonly list: number;
  readonly scores: number;
  readonly selected: number;
  readonly work: number;
  readonly sketch: number;
  readonly rotated: number;
  readonly slots: number;
  readonly distances: number;
  readonly accept: number;
  readonly walk: number;
}

/** Where everything stands in the memory of one graph. */
export interface GraphLayout {
  readonly header: number;
  readonly codeBytes: number;
  readonly stride: number;
  readonly mean: number;
  /** u32[LOCKS] */
  readonly locks: number;
  /** u32[FLIGHT_SLOTS] */
  readonly flight: number;
  /** The main thread's, then one for each builder. */
  readonly scratches: readonly ScratchLayout[];
  readonly twinHeads: number;
  readonly upper: number;
  readonly upperBytes: number;
  readonly tail: number;
  readonly tailSlots: number;
  readonly tailStride: number;
  readonly sketches: number;
  /** Bits of a component in a sketch, and the most bytes that one takes; 0 for no sketches. */
  readonly sketchPlanes: number;
  readonly sketchBytes: number;
  readonly nodes: number;
  readonly inputBytes: number;
  readonly bytes: number;
}

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/** Bytes of one code: int8, the f32 vector itself, or its norm and a bit for each component. */
function codeBytesFor(dimension: number, quantization: Quantization): number {
  if (quantization === "binary") return roundUp(8 + roundUp(dimension, 64) / 8, 16);
  return roundUp(quantization === "none" ? 4 * dimension : dimension, 16);
}

/** Bytes of one node block. */
function nodeStride(codeBytes: number, m: number): number {
  return roundUp(NODE_LINKS + 4 + 8 * m + 8 + codeBytes, 64);
}

/**
 * Bits of a component in a sketch: the more components, the less each has to say. A code of a cache line or less is read
 * as fast as a sketch. A sketch is a code too: without quantization there is none.
 */
function planesFor(codeBytes: number, quantization: Quantization): 0 | 1 | 2 {
  if (codeBytes < 64 || quantization !== "int8") return 0;
  return codeBytes < 320 ? 2 : 1;
}

/**
 * Room for the upper links of `capacity` nodes: what is expected, and six deviations; and for nodes with twins, of
 * which there can be one in two.
 */
function upperBytesFor(m: number, capacity: number): number {
  const expected = capacity / (m - 1);
  const layers = Math.ceil(expected + 6 * Math.sqrt(expected) + 16);
  return roundUp(UPPER_FIRST + layers * (UPPER_LINKS + 4 + 4 * m) + (capacity / 2) * UPPER_LINKS, 64);
}

/** Bytes of one bit for each of `capacity` slots, in whole vectors of 16 bytes. */
function slotSetBytes(capacity: number): number {
  return roundUp(Math.ceil(capacity / 8), 16);
}

/** Gives out addresses, each at a cache line of its own. */
class Addresses {
  next = RESERVED_BYTES;

  take(bytes: number): number {
    const address = this.next;
    this.next += roundUp(bytes, 64);
    return address;
  }
}

/** @param components  the dimension rounded up to 16 */
function scratchLayout(
  addresses: Addresses,
  {
    components,
    codeBytes,
    inputBytes,
  }: { readonly components: number; readonly codeBytes: number; readonly inputBytes: number },
  capacity: number,
): ScratchLayout {
  return {
    address: addresses.take(SCRATCH_BYTES),
    input: addresses.take(inputBytes),
    // i16, or f32.
    query: addresses.take(Math.max(components * 2, codeBytes)),
    work: addresses.take(components * 4),
    rotated: addresses.take(components * 4),
    // Two words at least: the kernel for short sketches always reads two.
    sketch: addresses.take(Math.max(2, Math.ceil(components / 64)) * 32),
    pool: addresses.take(POOL_ENTRIES * 8),
    candidates: addresses.take(LIST_ENTRIES * 8),
    list: addresses.take(LIST_ENTRIES * 4),
    scores: addresses.take(LIST_ENTRIES * 4),
    selected: addresses.take(LIST_ENTRIES * 4),
    slots: addresses.take(POOL_ENTRIES * 4),
    distances: addresses.take(POOL_ENTRIES * 4),
    visited: addresses.take(capacity * 2),
    accept: addresses.take(slotSetBytes(capacity)),
    walk: addresses.take(slotSetBytes(capacity)),
  };
}

/** What a layout depends on besides the options of the graph. */
export interface LayoutOptions {
  /** Threads that build at the same time, 1 or more; fewer when the memory has no room for what they need. */
  readonly builders?: number;
  /** Bytes of the ring of the newest codes. */
  readonly tailBytesMax?: number | undefined;
  /** Default int8. */
  readonly quantization?: Quantization | undefined;
}

/** Lays out a graph of `capacity` records. What grows stands last, so that unused capacity is untouched pages. */
export function graphLayout(dimension: number, m: number, capacity: number, options: LayoutOptions = {}): GraphLayout {
  const { builders = BUILDERS_COUNTED, tailBytesMax = TAIL_BYTES_MAX, quantization = "int8" } = options;
  const addresses = new Addresses();
  const components = roundUp(dimension, 16);
  const codeBytes = codeBytesFor(dimension, quantization);
  const stride = nodeStride(codeBytes, m);
  const inputBytes = Math.max(INPUT_BYTES, components * 4);
  const header = addresses.take(HEADER_BYTES);
  const mean = addresses.take(components * 4);
  const locks = addresses.take(LOCKS * 4);
  const flight = addresses.take(FLIGHT_SLOTS * 4);
  const twinHeads = addresses.take(slotSetBytes(capacity));
  const upperBytes = upperBytesFor(m, capacity);
  const tailStride = codeBytes + 8;
  const tailSlots = Math.min(capacity, Math.max(1, Math.floor(tailBytesMax / tailStride)));
  const sketchPlanes = planesFor(codeBytes, quantization);
  const sketchBytes = sketchPlanes === 0 ? 0 : (sketchPlanes * codeBytes) / 8 + 8;
  const addScratch = () => scratchLayout(addresses, { components, codeBytes, inputBytes }, capacity);
  const scratches = [addScratch(), addScratch()];
  const scratchBytes = (addresses.next - scratches[0]!.address) / 2;
  const rest = upperBytes + tailStride * tailSlots + (sketchBytes + stride) * capacity + 5 * 64 + PAGE_BYTES;
  while (scratches.length <= builders && addresses.next + scratchBytes + rest <= MEMORY_BYTES_MAX) {
    scratches.push(addScratch());
  }
  const upper = addresses.take(upperBytes);
  const tail = addresses.take(tailStride * tailSlots);
  // The last word of the last plane is read whole.
  const sketches = addresses.take(sketchBytes * capacity + 64);
  const nodes = addresses.take(stride * capacity);
  const bytes = roundUp(addresses.next, PAGE_BYTES);
  return {
    header,
    codeBytes,
    stride,
    mean,
    locks,
    flight,
    scratches,
    twinHeads,
    upper,
    upperBytes,
    tail,
    tailSlots,
    tailStride,
    sketches,
    sketchPlanes,
    sketchBytes,
    nodes,
    inputBytes,
    bytes,
  };
}

/**
 * How many records a graph of at most `bytes` of memory holds; 0 when not even one fits.
 *
 * @param bytes  of codes, links and everything beside them; 4 GiB at most are used
 */
export function graphCapacityFor(
  dimension: number,
  m: number,
  bytes: number,
  quantization: Quantization = "int8",
): number {
  const most = Math.min(bytes, MEMORY_BYTES_MAX);
  let low = 0;
  let high = Math.floor(most / nodeStride(codeBytesFor(dimension, quantization), m));
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (graphLayout(dimension, m, middle, { quantization }).bytes <= most) low = middle;
    else high = middle - 1;
  }
  return low;
}
