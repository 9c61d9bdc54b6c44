import { breathe } from "../core/breathe.js";
import type { Graph } from "../core/graph.js";
import type { Vectors } from "../core/vectors.js";
import { floatPieces } from "./pieces.js";

/** Bytes of vectors encoded in one turn: about a millisecond. */
const TURN_BYTES = 1024 * 1024;
/** Slots encoded with each one that is appended, while there is a lag: with more than one it ends, however fast writers are. */
const CATCH_UP = 2;

/** What the slots of a graph come from. */
interface Source {
  readonly vectors: Vectors;
  readonly dimension: number;
  readonly count: number;
}

/**
 * Hands the vectors of a segment to its graph. One at a time as they are appended; where the graph lags behind, as a new one
 * does, a stretch in each turn of the event loop, so that no write stalls. What is not encoded yet is scanned.
 */
export class GraphFeed {
  readonly graph: Graph;
  readonly #source: Source;
  readonly #onError: (error: unknown) => void;
  #running: Promise<void> | undefined;
  #stopped = false;

  /** @param onError  told once when a vector could not be handed over; the feed has stopped then */
  constructor(graph: Graph, source: Source, onError: (error: unknown) => void) {
    this.graph = graph;
    this.#source = source;
    this.#onError = onError;
  }

  /**
   * Follows an append.
   *
   * @param vectors  f32[n * dimension] of the slots that were just appended
   */
  follow(vectors: Float32Array): void {
    const { graph } = this;
    const { count, dimension } = this.#source;
    const fresh = vectors.length / dimension;
    if (graph.count === count - fresh) graph.append(vectors);
    else this.#encode(CATCH_UP * fresh);
    this.begin();
  }

  /** Asks for the build of what is encoded, and for the rest to be encoded. */
  begin(): void {
    this.graph.build();
    if (this.graph.count < this.#source.count) this.#running ??= this.#run();
  }

  /** Resolves when every slot was encoded and linked at some moment after the call; rejects as `Graph.settled`. */
  async settled(): Promise<void> {
    do {
      await this.#running;
      if (this.#stopped) return;
      await this.graph.settled();
    } while (this.graph.count < this.#source.count);
  }

  /** Nothing is encoded any more. */
  stop(): void {
    this.#stopped = true;
  }

  async #run(): Promise<void> {
    try {
      while (!this.#stopped && this.graph.count < this.#source.count) {
        const { count } = this.graph;
        const { vectors, dimension } = this.#source;
        const most = Math.max(1, Math.floor(TURN_BYTES / (4 * dimension)));
        await (vectors.fetch(count, Math.min(this.#source.count, count + most)) ?? breathe());
        if (this.#stopped) return;
        this.#encode(most);
        this.graph.build();
      }
    } catch (error) {
      this.#stopped = true;
      this.#onError(error);
    } finally {
      this.#running = undefined;
    }
  }

  #encode(most: number): void {
    const { graph } = this;
    const { vectors, count } = this.#source;
    const end = Math.min(count, graph.count + most);
    for (const piece of floatPieces(vectors, graph.count, end)) graph.append(piece);
  }
}
