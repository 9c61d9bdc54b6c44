import type { CreateNamespaceOptions, RecordInput } from "@vecstore/engine";

/** A record of the stores. */
export type StoredInput = RecordInput & { readonly vector?: readonly number[] };

/** Something that was done to a namespace. */
export type Step = { readonly namespace: string } & (
  | { readonly kind: "upsert"; readonly records: readonly StoredInput[] }
  | { readonly kind: "delete" | "softDelete"; readonly ids: readonly string[] }
  | { readonly kind: "snapshot"; readonly name: string }
);

/** What a namespace holds. */
export interface Holdings {
  readonly visible: ReadonlyMap<string, StoredInput>;
  readonly hidden: ReadonlyMap<string, StoredInput>;
}

export declare const TAIL: readonly Step[];
export declare function namespacesOf(format: number): Readonly<Record<string, CreateNamespaceOptions>>;
export declare function vectorOf(number: number, dimension: number): number[];
export declare function stepsOf(format: number): readonly Step[];
export declare function holdingsOf(steps: readonly Step[], namespace: string): Holdings;
