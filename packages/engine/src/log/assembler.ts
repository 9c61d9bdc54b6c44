import { FRAGMENTS, type Frame } from "./frame.js";
import type { ReplayedEntry } from "./log.js";

/** Joins the fragments of entries. */
export class EntryAssembler {
  #first: Frame | undefined;
  #position = 0;
  #pieces: Uint8Array[] = [];

  /** Position of the entry whose last fragment is still to come. */
  get openAt(): number | undefined {
    return this.#first === undefined ? undefined : this.#position;
  }

  /**
   * Takes the next frame.
   *
   * @returns  the entry it ends, "open" when more fragments follow, "misplaced" when it cannot stand here
   */
  push(frame: Frame, position: number): ReplayedEntry | "open" | "misplaced" {
    const begins = frame.fragment === FRAGMENTS.whole || frame.fragment === FRAGMENTS.first;
    if (begins !== (this.#first === undefined) || !this.#belongs(frame)) return "misplaced";
    if (begins) {
      this.#first = frame;
      this.#position = position;
    }
    this.#pieces.push(frame.payload);
    if (frame.fragment === FRAGMENTS.first || frame.fragment === FRAGMENTS.middle) return "open";
    const { namespace, sequence } = frame;
    const entry = {
      namespace,
      sequence,
      position: this.#position,
      end: position + frame.bytes,
      payload: join(this.#pieces),
    };
    this.#first = undefined;
    this.#pieces = [];
    return entry;
  }

  #belongs({ namespace, sequence }: Frame): boolean {
    const first = this.#first;
    return first === undefined || (first.namespace === namespace && first.sequence === sequence);
  }
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
