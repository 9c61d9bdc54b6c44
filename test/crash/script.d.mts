import type { RecordInput, VecStore } from "@vecstore/engine";

export declare const DIMENSION: number;
export declare const WRITERS: number;

export type Call =
  | { readonly kind: "delete"; readonly ids: readonly string[] }
  | { readonly kind: "upsert"; readonly records: readonly (RecordInput & { readonly vector: Float32Array })[] };

export declare function callOf(writer: number, number: number): Call;
export declare function run(store: VecStore, call: Call): Promise<void>;
