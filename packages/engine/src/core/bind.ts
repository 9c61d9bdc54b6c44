/** The exports of the WASM core; assembly/index.ts. Addresses and counts are u32. */
export interface CoreExports {
  inverseNorms(vectors: number, n: number, dimension: number, out: number): void;
  scan(
    metric: number,
    vectors: number,
    inverses: number,
    n: number,
    dimension: number,
    query: number,
    out: number,
  ): void;
  gather(metric: number, places: number, n: number, dimension: number, query: number, out: number): number;
  encode(header: number, scratch: number, first: number, n: number): void;
  sketch(header: number, scratch: number, first: number, n: number): void;
  search(header: number, scratch: number, ef: number, rank: number, stretch: number, offset: number): number;
  searchFiltered(
    header: number,
    scratch: number,
    ef: number,
    share: number,
    wanted: number,
    least: number,
    rank: number,
    stretch: number,
    rareStretch: number,
    offset: number,
  ): number;
  scanSet(header: number, scratch: number, from: number, to: number, most: number): number;
  scanBounds(
    header: number,
    scratch: number,
    from: number,
    to: number,
    worst: number,
    perScale: number,
    fixed: number,
    perLength: number,
  ): number;
  scanTail(header: number, scratch: number, from: number, to: number, most: number): number;
  build(header: number, scratch: number, most: number): number;
  probeScores(header: number, scratch: number, n: number): void;
  probeSift(header: number, scratch: number, n: number, worst: number): number;
  assignSlots(header: number, scratch: number, most: number): number;
  repair(header: number, scratch: number, most: number): number;
  renumber(header: number, scratch: number, most: number): number;
}

/** An instance of the core over `memory`. It keeps no state of its own between calls. */
export function bindModule(module: WebAssembly.Module, memory: WebAssembly.Memory): CoreExports {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as CoreExports;
}
