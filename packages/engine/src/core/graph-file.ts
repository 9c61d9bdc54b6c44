// A saved graph: [head][mean][upper links][nodes][sketches], little-endian, no padding between.
//
// head      u32 x 12: magic, node layout (1 int8, 2 f32, 3 bits), dimension, metric, m, efConstruction, seed, indexed, entryPoint,
//           upperBytes, stride, bytes of a sketch + 65536 * their rule (0: none saved)
// mean      f32[dimension]
// upper     u8[upperBytes]: the used part of the area of upper links
// nodes     u8[indexed * stride]
// sketches  u8[indexed * bytes of a sketch]: they follow from the codes, but take 1 us each to be made
//
// Offsets inside are relative to their areas, so a graph may be loaded with another capacity.
import { assert, VecstoreError } from "../errors.js";
import type { Quantization } from "../model/namespace.js";
import type { GraphOptions } from "./graph.js";
import { resetBuild, writeMean } from "./graph-header.js";
import { type GraphLayout, METRIC_NUMBERS } from "./graph-layout.js";
import * as layout from "./layout.js";

/** "VGR1". On disk: do not change. */
const MAGIC = 0x31524756;
/** Numbers of the node layouts, one for each quantization. On disk: a layout that changes gets another number. */
const NODE_LAYOUTS: Readonly<Record<Quantization, number>> = { int8: 1, none: 2, binary: 3 };
/** Number of how sketches follow from codes. Raise it when that changes: saved ones are then made again. On disk. */
const SKETCH_RULE = 1;
const HEAD_WORDS = 12;
const HEAD_BYTES = HEAD_WORDS * 4;
const CHUNK_BYTES = 4 * 1024 * 1024;

/** A graph's memory, as save and load see it. */
export interface GraphFilePlace {
  readonly options: GraphOptions;
  readonly place: GraphLayout;
  readonly buffer: ArrayBufferLike;
}

/** What the head says besides the options. */
interface Head {
  readonly indexed: number;
  readonly entryPoint: number;
  readonly upperBytes: number;
  /** The last word: bytes of a sketch and their rule. */
  readonly sketches: number;
}

/** Whether a file held the sketches that this graph would make. */
export type SavedSketches = "sketched" | "bare";

const FIELDS = ["magic", "layout", "dimension", "metric", "m", "efConstruction", "seed"] as const;

function optionWords(options: GraphOptions): number[] {
  const { dimension, metric, m, efConstruction, seed, quantization = "int8" } = options;
  return [MAGIC, NODE_LAYOUTS[quantization], dimension, METRIC_NUMBERS[metric], m, efConstruction, seed];
}

function headerWord(file: GraphFilePlace, field: number): number {
  return Atomics.load(new Uint32Array(file.buffer), (file.place.header + field) / 4);
}

function currentHead(file: GraphFilePlace): Head {
  return {
    indexed: headerWord(file, layout.HEADER_INDEXED),
    entryPoint: headerWord(file, layout.HEADER_ENTRY_POINT),
    upperBytes: headerWord(file, layout.HEADER_UPPER_USED),
    sketches: sketchWord(file),
  };
}

function sketchWord(file: GraphFilePlace): number {
  return file.place.sketchPlanes === 0 ? 0 : headerWord(file, layout.HEADER_SKETCH_STRIDE) + 65536 * SKETCH_RULE;
}

/** The areas behind the head, in order; sketches of another kind have none. */
function areas(file: GraphFilePlace, head: Head): { address: number; bytes: number }[] {
  const { options, place } = file;
  return [
    { address: place.mean, bytes: options.dimension * 4 },
    { address: place.upper, bytes: head.upperBytes },
    { address: place.nodes, bytes: head.indexed * place.stride },
    { address: place.sketches, bytes: head.sketches === sketchWord(file) ? sketchBytes(head) : 0 },
  ];
}

function sketchBytes({ indexed, sketches }: Head): number {
  return indexed * (sketches % 65536);
}

function* views(file: GraphFilePlace, head: Head): Iterable<Uint8Array> {
  for (const { address, bytes } of areas(file, head)) {
    for (let from = 0; from < bytes; from += CHUNK_BYTES) {
      yield new Uint8Array(file.buffer, address + from, Math.min(CHUNK_BYTES, bytes - from));
    }
  }
}

/** Bytes of the file of a graph as it is now. */
export function graphFileBytes(file: GraphFilePlace): number {
  return areas(file, currentHead(file)).reduce((sum, area) => sum + area.bytes, HEAD_BYTES);
}

/** The file of a graph that nobody builds meanwhile, in chunks of at most 4 MiB, straight from its memory. */
export function* writeGraphFile(file: GraphFilePlace): Iterable<Uint8Array> {
  const head = currentHead(file);
  const { indexed, entryPoint, upperBytes, sketches } = head;
  const words = new DataView(new ArrayBuffer(HEAD_BYTES));
  [...optionWords(file.options), indexed, entryPoint, upperBytes, file.place.stride, sketches].forEach((word, i) => {
    words.setUint32(i * 4, word, true);
  });
  yield new Uint8Array(words.buffer);
  yield* views(file, head);
}

/**
 * Fills the memory of a new graph.
 *
 * @returns whether its sketches too
 * @throws VecstoreError DATA_CORRUPTED when the bytes are not the file of such a graph
 */
export async function readGraphFile(
  file: GraphFilePlace,
  indexed: number,
  read: (into: Uint8Array) => Promise<void>,
): Promise<SavedSketches> {
  const bytes = new Uint8Array(HEAD_BYTES);
  await read(bytes);
  const head = parseHead(file, indexed, new DataView(bytes.buffer));
  for (const view of views(file, head)) await read(view);
  const isSketched = head.sketches === sketchWord(file);
  if (!isSketched) await drain(sketchBytes(head), read);
  checkMean(file);
  const words = new Uint32Array(file.buffer);
  const put = (field: number, value: number) => Atomics.store(words, (file.place.header + field) / 4, value);
  put(layout.HEADER_UPPER_USED, head.upperBytes);
  put(layout.HEADER_COUNT, head.indexed);
  put(layout.HEADER_ENTRY_POINT, head.entryPoint);
  put(layout.HEADER_INDEXED, head.indexed);
  resetBuild(words, file.place);
  return isSketched ? "sketched" : "bare";
}

/** Reads bytes that are of no use here. */
async function drain(bytes: number, read: (into: Uint8Array) => Promise<void>): Promise<void> {
  const room = new Uint8Array(Math.min(bytes, CHUNK_BYTES));
  for (let rest = bytes; rest > 0; rest -= room.length) await read(room.subarray(0, Math.min(rest, room.length)));
}

function corrupted(message: string, details: Record<string, string> = {}): VecstoreError {
  return new VecstoreError("DATA_CORRUPTED", `graph file: ${message}; the graph can be built again`, details);
}

function parseHead(file: GraphFilePlace, indexed: number, words: DataView): Head {
  const word = (i: number) => words.getUint32(i * 4, true);
  optionWords(file.options).forEach((expected, i) => {
    const got = word(i);
    if (got !== expected) throw corrupted(`${FIELDS[i]} is ${got}, expected ${expected}`, { field: FIELDS[i]! });
  });
  const head = { indexed: word(7), entryPoint: word(8), upperBytes: word(9), sketches: word(11) };
  assert(indexed <= file.options.capacity, `${indexed} nodes for a capacity of ${file.options.capacity}`);
  if (head.indexed !== indexed) throw corrupted(`it holds ${head.indexed} nodes, expected ${indexed}`);
  if (indexed > 0 && head.entryPoint >= indexed) throw corrupted(`entry point ${head.entryPoint} of ${indexed}`);
  if (head.upperBytes < layout.UPPER_FIRST || head.upperBytes > file.place.upperBytes) {
    throw corrupted(`${head.upperBytes} bytes of upper links`);
  }
  if (word(10) !== file.place.stride) throw corrupted(`node blocks of ${word(10)} bytes`);
  return head;
}

/** The mean of the options must be the saved one; when they name none, the saved one is used. */
function checkMean({ options, place, buffer }: GraphFilePlace): void {
  const saved = new Float32Array(buffer, place.mean, options.dimension);
  if (options.mean?.some((value, i) => value !== saved[i])) throw corrupted("it was built around another mean");
  writeMean(new Uint32Array(buffer), saved.slice(), place);
}
