import type { Metadata } from "@vecstore/engine";

/** A filter as its text and as a plain function, written apart from the engine. */
export interface NamedFilter {
  readonly text: string;
  readonly test: (metadata: Record<string, unknown>) => boolean;
}

const kindOf = (metadata: Record<string, unknown>) => (metadata.of as { kind?: unknown } | undefined)?.kind;

/** Shapes of filters over what `metadataOf` makes: wide, narrow, negated, nested, and one that nothing matches. */
export const FILTERS: readonly NamedFilter[] = [
  { text: "n < 60", test: ({ n }) => typeof n === "number" && n < 60 },
  { text: "color = 'red' AND n >= 20", test: ({ color, n }) => color === "red" && typeof n === "number" && n >= 20 },
  { text: "NOT color = 'red'", test: ({ color }) => color !== "red" },
  {
    text: "color STARTSWITH 'bl' OR n IN [1, 2, 3]",
    test: ({ color, n }) => /^bl/.test(String(color)) || [1, 2, 3].includes(n as number),
  },
  { text: "tags CONTAINS 'green'", test: ({ tags }) => Array.isArray(tags) && tags.includes("green") },
  { text: "of.kind IS NULL", test: (metadata) => kindOf(metadata) === null },
  { text: "NOT EXISTS color", test: ({ color }) => color === undefined },
  { text: "n BETWEEN 30 AND 33", test: ({ n }) => typeof n === "number" && n >= 30 && n <= 33 },
  {
    text: "of.kind != 'k1' AND (extra > 3 OR n < 100)",
    test: (metadata) => kindOf(metadata) !== "k1" && ((metadata.extra as number) > 3 || (metadata.n as number) < 100),
  },
  { text: "nothing = 1", test: ({ nothing }) => nothing === 1 },
];

/** Whether the filter lets metadata through; a record without is one with no fields. */
export function matches(filter: NamedFilter, metadata: Metadata | undefined): boolean {
  return filter.test((metadata ?? {}) as Record<string, unknown>);
}
