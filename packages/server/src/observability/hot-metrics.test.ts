import { Counter, Histogram, Registry } from "prom-client";
import { expect, it } from "vitest";
import { Distribution, Tally } from "./hot-metrics.js";

const BOUNDS = [0.5, 1, 8];

it("makes the page that prom-client's own make", async () => {
  const [ours, theirs] = [new Registry(), new Registry()];
  const of = (name: string, labelNames: string[]) => ({ name, help: `Help of ${name}.`, labelNames });
  const tally = new Tally({ ...of("a_total", ["door", "code"]), registry: ours });
  const counter = new Counter({ ...of("a_total", ["door", "code"]), registers: [theirs] });
  const plainTally = new Tally({ ...of("b_total", []), registry: ours });
  const plainCounter = new Counter({ ...of("b_total", []), registers: [theirs] });
  const distribution = new Distribution({ ...of("c_seconds", ["door"]), registry: ours }, BOUNDS);
  const histogram = new Histogram({ ...of("c_seconds", ["door"]), buckets: BOUNDS, registers: [theirs] });
  const plainDistribution = new Distribution({ ...of("d_seconds", []), registry: ours }, BOUNDS);
  const plainHistogram = new Histogram({ ...of("d_seconds", []), buckets: BOUNDS, registers: [theirs] });
  const same = async () => expect(await ours.metrics()).toBe(await theirs.metrics());
  await same();
  for (const [at, value] of [0, 0.5, 0.75, 1, 3, 8, 8.5, 1_000, 2].entries()) {
    const [door, code] = [at % 2 === 0 ? "rest" : 'a"b\\\n', at % 3 === 0 ? "ok" : "internal"];
    tally.add(at + 1, door, code);
    counter.inc({ door, code }, at + 1);
    plainTally.add(2);
    plainCounter.inc(2);
    distribution.observe(value, door);
    histogram.observe({ door }, value);
    plainDistribution.observe(value);
    plainHistogram.observe(value);
    if (at % 4 === 0) await same();
  }
  await same();
});
