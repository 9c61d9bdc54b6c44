import { Counter, type Metric, type Registry } from "prom-client";

/** Values of labels, in the order of their names. */
type LabelValues = readonly string[];

/** Finds what belongs to some values of labels, without putting them together to a key. */
class ByLabels<T> {
  readonly all: { readonly values: LabelValues; readonly of: T }[] = [];
  readonly #make: () => T;
  #root = new Map<string, unknown>();
  #last: { readonly values: LabelValues; readonly of: T } | undefined;

  constructor(make: () => T) {
    this.#make = make;
  }

  get(values: LabelValues): T {
    const last = this.#last;
    // Most calls are like the one before.
    if (last?.values.every((value, at) => value === values[at])) return last.of;
    let node: Map<string, unknown> = this.#root;
    for (const value of values.slice(0, -1)) {
      const next = (node.get(value) as Map<string, unknown> | undefined) ?? new Map<string, unknown>();
      node.set(value, next);
      node = next;
    }
    const end = values.at(-1) ?? "";
    const found = (node.get(end) as { values: LabelValues; of: T } | undefined) ?? { values, of: this.#make() };
    if (!node.has(end)) this.all.push(found);
    node.set(end, found);
    this.#last = found;
    return found.of;
  }

  clear(): void {
    this.all.length = 0;
    this.#root = new Map();
    this.#last = undefined;
  }
}

/** What a metric is called. */
export interface HotMetricOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly registry: Registry;
}

/** A counter for the way of every request: a number is added, and prom-client is told when its page is made. */
export class Tally {
  readonly #pending = new ByLabels(() => ({ count: 0 }));

  constructor({ name, help, labelNames, registry }: HotMetricOptions) {
    const pending = this.#pending;
    const counter: Counter = new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect() {
        for (const { values, of } of pending.all) {
          if (of.count > 0) counter.inc(labelsOf(labelNames, values), of.count);
          of.count = 0;
        }
      },
    });
  }

  /** @param values  of the labels, in their order */
  add(count: number, ...values: string[]): void {
    this.#pending.get(values).count += count;
  }
}

/** How many values fell into each bucket. */
class Buckets {
  readonly counts: Float64Array;
  sum = 0;

  constructor(buckets: number) {
    this.counts = new Float64Array(buckets);
  }
}

/**
 * A histogram for the way of every request. prom-client's own looks its labels up by a text that it puts together each time, which takes
 * longer than all that a request is counted for; this one is read by prom-client as its own are.
 */
export class Distribution {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly type = "histogram";
  readonly aggregator = "sum";
  readonly #bounds: readonly number[];
  readonly #buckets: ByLabels<Buckets>;

  /** @param bounds  the upper ends of the buckets, ascending; the one without an end comes by itself */
  constructor({ name, help, labelNames, registry }: HotMetricOptions, bounds: readonly number[]) {
    this.name = name;
    this.help = help;
    this.labelNames = labelNames;
    this.#bounds = bounds;
    this.#buckets = new ByLabels(() => new Buckets(bounds.length + 1));
    // One without labels is there from the start, as prom-client has it.
    if (labelNames.length === 0) this.#buckets.get([]);
    registry.registerMetric(this as unknown as Metric);
  }

  /** @param values  of the labels, in their order */
  observe(value: number, ...values: string[]): void {
    const buckets = this.#buckets.get(values);
    let at = 0;
    while (at < this.#bounds.length && value > this.#bounds[at]!) at++;
    buckets.counts[at]!++;
    buckets.sum += value;
  }

  reset(): void {
    this.#buckets.clear();
  }

  /** As prom-client wants it. */
  async get() {
    const values = this.#buckets.all.flatMap(({ values: of, of: buckets }) => this.#valuesOf(of, buckets));
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values };
  }

  /** As `get`: there are no labels that several values share. */
  async getForPromString() {
    return this.get();
  }

  #valuesOf(of: LabelValues, { counts, sum }: Buckets) {
    const labels = labelsOf(this.labelNames, of);
    let count = 0;
    const buckets = [...this.#bounds, "+Inf"].map((le, at) => {
      count += counts[at]!;
      return { labels: { le, ...labels }, value: count, metricName: `${this.name}_bucket` };
    });
    return [
      ...buckets,
      { labels, value: sum, metricName: `${this.name}_sum` },
      { labels, value: count, metricName: `${this.name}_count` },
    ];
  }
}

function labelsOf(names: readonly string[], values: LabelValues): Record<string, string> {
  return Object.fromEntries(names.map((name, at) => [name, values[at] ?? ""]));
}
