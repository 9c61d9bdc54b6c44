import { assert } from "../errors.js";
import type { PreparedQuery, Vectors } from "./vectors.js";

const NOT_SEARCHED = "a segment without vectors is not searched by one";

/** The vectors of a segment whose records have none. */
export class NoVectors implements Vectors {
  readonly dimension = 0;
  readonly count = 0;
  readonly bytes = 0;
  readonly storedCount = 0;
  readonly elsewhere = undefined;

  append(vectors: Float32Array): number {
    assert(vectors.length === 0, "a segment without vectors takes none");
    return 0;
  }

  store(): void {
    assert(false, "a segment without vectors has none in files");
  }

  read(_slot: number, into: Float32Array = new Float32Array(0)): Float32Array {
    return into;
  }

  *ranges(): Iterable<Uint8Array> {}

  prepare(): PreparedQuery {
    assert(false, NOT_SEARCHED);
  }

  distances(): void {
    assert(false, NOT_SEARCHED);
  }

  distancesOf(): void {
    assert(false, NOT_SEARCHED);
  }

  fetch(): undefined {}

  release(): void {}
}
