/** Checks a list of faults. @throws Error that names the position, what was got and what is allowed */
export declare function checkFaults(faults: unknown): unknown[];

/** Hands out the faults of one proxy: each request takes the next one that is for its RPC; beyond them all pass. */
export declare class FaultQueue {
  constructor(faults: readonly object[]);
  /** @param path  of the request, such as `/vecstore.v1.VecStoreService/Query` */
  take(path: string): { readonly kind: string; readonly reason?: string };
}
