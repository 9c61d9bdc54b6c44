/** Comparisons that the mean is taken of. */
const WINDOW = 100;

/** The newest comparisons of one label. */
interface Window {
  readonly values: Float64Array;
  count: number;
}

/** Keeps the mean recall of the newest comparisons by label: as many labels as namespaces may have. */
export class RecallWindows {
  readonly #windows = new Map<string, Window>();

  /** Adds a comparison, 0..1. */
  add(label: string, recall: number): void {
    const window = this.#windows.get(label) ?? { values: new Float64Array(WINDOW), count: 0 };
    this.#windows.set(label, window);
    window.values[window.count++ % WINDOW] = recall;
  }

  /** Forgets the labels that are gone. */
  keep(isThere: (label: string) => boolean): void {
    for (const label of this.#windows.keys()) if (!isThere(label)) this.#windows.delete(label);
  }

  /** The mean of each label. */
  means(): readonly (readonly [label: string, mean: number])[] {
    return Array.from(this.#windows, ([label, { values, count }]) => {
      const newest = values.subarray(0, Math.min(count, WINDOW));
      return [label, newest.reduce((sum, each) => sum + each, 0) / newest.length] as const;
    });
  }
}
