import { expect, test } from "vitest";

/** The programs are plain JavaScript without declarations; these are the parts that are tested here. */
interface Pass {
  readonly recall: number;
  readonly answered: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}
interface Side {
  readonly exact?: boolean;
  pass(ef: number): Promise<Pass>;
}
interface Point {
  readonly ef: number;
  readonly recall: number;
  readonly queriesPerSecond: number;
  readonly cpuPerWall: number;
}
const load = async <T>(path: string): Promise<T> => (await import(new URL(path, import.meta.url).href)) as T;
const { measureCurves, turns } = await load<{
  measureCurves(
    sides: readonly Side[],
    options: { rounds: number; efs: readonly number[]; clock?: "wall" | "cpu" },
  ): Promise<Point[][]>;
  turns(count: number, time: number): number[];
}>("./race.mjs");

/** A side that takes the given seconds, one after the other, for its 10 answers. */
const sideTaking = (...seconds: number[]): Side & { efs: number[] } => {
  const efs: number[] = [];
  return {
    efs,
    async pass(ef) {
      efs.push(ef);
      const taken = seconds[(efs.length - 1) % seconds.length]!;
      return { recall: ef / 100, answered: 10, seconds: taken, cpuSeconds: taken / 2 };
    },
  };
};

test("the first round warms up, and the median of the others counts", async () => {
  const [curve] = await measureCurves([sideTaking(1_000, 1, 2, 10)], { rounds: 3, efs: [50] });
  expect(curve).toEqual([{ ef: 50, recall: 0.5, queriesPerSecond: 5, cpuPerWall: 0.5, rounds: [10, 5, 1] }]);
});

test("processor time is counted when asked for", async () => {
  const [curve] = await measureCurves([sideTaking(1)], { rounds: 1, efs: [50], clock: "cpu" });
  expect(curve![0]!.queriesPerSecond).toBe(20);
});

test("an exact side is measured once a round, the others at each ef", async () => {
  const [graph, exact] = [sideTaking(1), { ...sideTaking(1), exact: true }];
  const curves = await measureCurves([graph, exact], { rounds: 1, efs: [10, 20] });
  expect([graph.efs, exact.efs]).toEqual([
    [10, 20, 10, 20],
    [10, 10],
  ]);
  expect(curves.map((curve) => curve.length)).toEqual([2, 1]);
});

test("everyone goes first equally often", () => {
  expect([0, 1, 2].map((time) => turns(3, time))).toEqual([
    [0, 1, 2],
    [1, 2, 0],
    [2, 0, 1],
  ]);
});
