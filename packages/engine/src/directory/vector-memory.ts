import type { FileReference } from "../gen/vecstore/storage/v1/manifest.js";
import { storePart } from "../segment/part-file.js";
import type { Segment } from "../segment/segment.js";
import type { VectorCheck } from "../segment/vector-blocks.js";
import { Mutex } from "./mutex.js";
import type { OpenNamespace } from "./open-namespace.js";

/** A part whose vectors are in memory and could be read from its file. */
interface Candidate {
  readonly namespace: OpenNamespace;
  readonly segment: Segment;
  readonly part: FileReference;
}

/** How the vectors of a checkpoint are read. */
export interface VectorReading {
  /** Bytes of them that may be in memory; the others stay in their files. */
  readonly room: number;
  /** Whether those of a part that stay in its file are all checked now: where something else can stand in for it. */
  readonly checkOf: (part: string) => VectorCheck;
}

/** Bytes of memory that the vectors of these namespaces take. */
export function vectorBytesOf(namespaces: Iterable<OpenNamespace>): number {
  let sum = 0;
  for (const { state } of namespaces) for (const segment of state.segments) sum += segment.vectors.bytes;
  return sum;
}

/**
 * How many of the parts of a segment keep their vectors in their files when the segment is read: the oldest ones, as few as
 * leave the others within `room` bytes.
 */
export function partsOnDisk(parts: readonly FileReference[], dimension: number, room: number): number {
  if (dimension === 0) return 0;
  let first = parts.length;
  let rest = room;
  while (first > 0) {
    rest -= vectorBytesIn([parts[first - 1]!], dimension);
    if (rest < 0) break;
    first--;
  }
  return first;
}

/** Bytes of the vectors of some parts. */
export function vectorBytesIn(parts: readonly FileReference[], dimension: number): number {
  return parts.reduce((sum, { fromSlot, toSlot }) => sum + (toSlot - fromSlot) * 4 * dimension, 0);
}

/** From so many namespaces on the sum over all of them is not made each time. */
const MANY = 256;

/** The namespaces in memory, whenever it is asked. */
export interface VectorHolders extends Iterable<OpenNamespace> {
  readonly size: number;
  /** Bytes of their vectors, as they were counted last: each within a sixteenth. */
  readonly vectorBytes: number;
}

/** Keeps the vectors of a data directory within `memoryForVectors`. */
export class VectorMemory {
  readonly #limitBytes: number;
  readonly #namespaces: VectorHolders;
  readonly #turns = new Mutex();

  constructor(limitBytes: number, namespaces: VectorHolders) {
    this.#limitBytes = limitBytes;
    this.#namespaces = namespaces;
  }

  /** Bytes of vectors that may come beside those that are in memory. */
  get room(): number {
    const { size, vectorBytes } = this.#namespaces;
    return this.#limitBytes - (size < MANY ? vectorBytesOf(this.#namespaces) : vectorBytes);
  }

  /** Bytes of vectors that may be in memory beside those of the other namespaces. */
  roomFor(namespace: OpenNamespace): number {
    const others = [...this.#namespaces].filter((other) => other !== namespace);
    return this.#limitBytes - vectorBytesOf(others);
  }

  /**
   * While the vectors take more than the limit: gives back the memory of those that the oldest part in memory holds, of the
   * segment that takes most. What no part holds yet stays in memory, and all when no more files may be open.
   *
   * @throws VecstoreError what the disk threw; the vectors that are not done stay in memory
   */
  release(): Promise<void> {
    return this.#turns.run(async () => {
      if (this.#isFarBelow) return;
      while (vectorBytesOf(this.#namespaces) > this.#limitBytes) {
        const candidate = this.#largest();
        if (candidate === undefined) return;
        if (!(await releasePart(candidate))) return;
      }
    });
  }

  get #isFarBelow(): boolean {
    const { size, vectorBytes } = this.#namespaces;
    return size >= MANY && vectorBytes < this.#limitBytes * 0.75;
  }

  #largest(): Candidate | undefined {
    let largest: Candidate | undefined;
    for (const namespace of this.#namespaces) {
      if (namespace.isGoing || namespace.isClosed) continue;
      for (const segment of namespace.state.segments) {
        const part = nextPart(namespace, segment);
        if (part === undefined || segment.vectors.bytes <= (largest?.segment.vectors.bytes ?? 0)) continue;
        largest = { namespace, segment, part };
      }
    }
    return largest;
  }
}

/** The oldest part whose vectors are in memory. */
function nextPart({ files }: OpenNamespace, segment: Segment): FileReference | undefined {
  const { storedCount } = segment.vectors;
  return files.bySegment.get(segment)?.parts.find(({ fromSlot }) => fromSlot === storedCount);
}

/** Returns false when no more files may be open. */
async function releasePart({ namespace, segment, part }: Candidate): Promise<boolean> {
  const { files } = namespace;
  const hold = files.parts.tryHold(part.name);
  if (hold === undefined) return false;
  // A merge may let it go at any turn.
  segment.retain();
  try {
    await storePart(files.env, files.path(part.name), segment, part, () => hold.open());
    return true;
  } finally {
    hold.end();
    segment.release();
  }
}
