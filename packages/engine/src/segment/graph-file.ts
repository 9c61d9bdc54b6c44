import { breathe } from "../core/breathe.js";
import type { Graph } from "../core/graph.js";
import { assert } from "../errors.js";
import { BLOCK_FILE_KINDS, type BlockInput, writeBlockFile } from "../storage/block-file.js";
import type { Env } from "../storage/env.js";
import { corrupted } from "../storage/errors.js";
import { type BlockCursor, readBlocks } from "./block-cursor.js";
import { BLOCK_TYPES } from "./block-types.js";
import { type GraphInfo, graphOptions } from "./graph-info.js";
import { BLOCK_BYTES_MAX, floatPieces } from "./pieces.js";
import type { Segment } from "./segment.js";

/** Vectors encoded between two turns of the event loop. */
const FEED_BYTES = 1024 * 1024;

/** What the manifest keeps of a graph file. */
export interface GraphFileInfo extends GraphInfo {
  /** Slots that the file links. */
  readonly indexed: number;
}

/**
 * Writes the graph of a segment and syncs the file. The builder stands still meanwhile; appends and queries go on.
 *
 * @param segment  one with a graph
 * @returns        what `readGraph` needs again, and the bytes of the file
 */
export async function writeGraph(
  env: Env,
  path: string,
  segment: Segment,
): Promise<GraphFileInfo & { readonly bytes: number }> {
  const { graph, graphInfo } = segment;
  assert(graph !== undefined && graphInfo !== undefined, `segment ${segment.number} has a graph`);
  segment.retain();
  try {
    await graph.pause();
    const indexed = graph.indexed;
    const { bytes } = await writeBlockFile(env, path, BLOCK_FILE_KINDS.graph, graphBlocks(graph.save()));
    return { ...graphInfo, indexed, bytes };
  } finally {
    graph.resume();
    segment.release();
  }
}

/**
 * Loads the graph of a segment whose parts were read, encodes the slots it does not link yet and asks for the build.
 *
 * @param info  what `writeGraph` returned
 * @throws VecstoreError DATA_CORRUPTED when the file is damaged or belongs to another segment. The segment has no
 *         graph then and is usable: a graph is derived data, `beginGraph` makes a new one. Or when a vector is damaged; the
 *         details name its file
 */
export async function readGraph(env: Env, path: string, segment: Segment, info: GraphFileInfo): Promise<void> {
  const { indexed, capacity, mean } = info;
  if (
    indexed > segment.count ||
    capacity < segment.count ||
    (mean?.length ?? segment.dimension) !== segment.dimension
  ) {
    const found = `${indexed} linked slots, capacity ${capacity}, ${mean?.length ?? "no"} means`;
    throw corrupted(path, 0, `${found}; the segment has ${segment.count} slots of ${segment.dimension} dimensions`);
  }
  await readBlocks(env, path, BLOCK_FILE_KINDS.graph, async (cursor) => {
    const stream = new GraphStream(cursor);
    const options = { ...graphOptions(segment.options, info), indexed };
    const graph = await segment.options.core.loadGraph(options, (into) => stream.read(into));
    try {
      await stream.end();
      await feedGraph(graph, segment);
    } catch (error) {
      void graph.release();
      throw error;
    }
    segment.adoptGraph(graph, { capacity, seed: info.seed, mean });
  });
}

/**
 * Makes the graph of a segment that was read and has none, unless it is too small for one, and asks for the build. As
 * `Segment.ensureGraph`, while others have their turn. Nothing may be appended meanwhile.
 *
 * @throws RangeError when there is no memory for it; VecstoreError DATA_CORRUPTED when a vector is damaged
 */
export async function beginGraph(segment: Segment): Promise<void> {
  const made = segment.createGraph();
  if (made === undefined) return;
  try {
    await feedGraph(made.graph, segment);
  } catch (error) {
    void made.graph.release();
    throw error;
  }
  segment.adoptGraph(made.graph, made.info);
}

/** Encodes the slots that a graph does not have, a mebibyte at a time. */
async function feedGraph(graph: Graph, { vectors, count, dimension }: Segment): Promise<void> {
  const step = Math.max(1, Math.floor(FEED_BYTES / (4 * dimension)));
  for (let from = graph.count; from < count; from += step) {
    const to = Math.min(count, from + step);
    await (vectors.fetch(from, to) ?? breathe());
    for (const piece of floatPieces(vectors, from, to)) graph.append(piece);
  }
}

function* graphBlocks(chunks: Iterable<Uint8Array>): Generator<BlockInput> {
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += BLOCK_BYTES_MAX) {
      yield { type: BLOCK_TYPES.graph, bytes: chunk.subarray(at, at + BLOCK_BYTES_MAX) };
    }
  }
}

/** The payloads of a graph file as one run of bytes, in pieces of whatever size the core asks for. */
class GraphStream {
  readonly #cursor: BlockCursor;
  /** What is left of the last block. */
  #rest: Uint8Array = new Uint8Array(0);

  constructor(cursor: BlockCursor) {
    this.#cursor = cursor;
  }

  async read(into: Uint8Array): Promise<void> {
    for (let done = this.#takeRest(into, 0); done < into.length; done = this.#takeRest(into, done)) {
      const block = await this.#cursor.take(BLOCK_TYPES.graph);
      if (block.length <= into.length - done) {
        // Straight into the graph's memory: most of a graph takes this way.
        await block.readInto(into.subarray(done, done + block.length));
        done += block.length;
      } else {
        this.#rest = await block.readAll();
      }
    }
  }

  async end(): Promise<void> {
    if (this.#rest.length > 0) throw this.#cursor.corrupted("bytes follow the graph");
    await this.#cursor.end();
  }

  /** Copies what is left of the last block to `into`, from `done` on; returns how far `into` is filled. */
  #takeRest(into: Uint8Array, done: number): number {
    const length = Math.min(this.#rest.length, into.length - done);
    into.set(this.#rest.subarray(0, length), done);
    this.#rest = this.#rest.subarray(length);
    return done + length;
  }
}
