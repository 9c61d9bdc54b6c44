/** The label of every namespace beyond the cap. No namespace can have this name. */
export const OTHER_NAMESPACES = "_other";

/** Chooses which namespaces have a label of their own: the first that are seen. */
export interface NamespaceLabels {
  of(namespace: string): string;
  /** Namespaces that have a label. */
  known(): readonly string[];
}

/** Metrics are kept in memory for each label value, so their number is capped. */
export function createNamespaceLabels(namespacesMax: number): NamespaceLabels {
  const known = new Set<string>();
  const of = (namespace: string) => {
    if (known.has(namespace)) return namespace;
    if (known.size >= namespacesMax) return OTHER_NAMESPACES;
    known.add(namespace);
    return namespace;
  };
  // `default` exists from the start, and dashboards look for it.
  of("default");
  return { of, known: () => [...known] };
}
