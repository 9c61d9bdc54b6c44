import { expect, test } from "vitest";

/** The programs are plain JavaScript without declarations; these are the parts that are tested here. */
interface Point {
  readonly recall: number;
  readonly queriesPerSecond: number;
}
interface Chart {
  readonly title: string;
  readonly subtitle: string;
  readonly speed: string;
  readonly series: readonly { readonly name: string; readonly points: readonly Point[] }[];
}
interface Bars {
  readonly title: string;
  readonly subtitle: string;
  readonly bars: readonly {
    readonly name: string;
    readonly value: number;
    readonly text: string;
    readonly ours: boolean;
  }[];
}
const load = async <T>(path: string): Promise<T> => (await import(new URL(path, import.meta.url).href)) as T;
const { recallChart, barChart, speedTicks } = await load<{
  recallChart(chart: Chart): string;
  barChart(chart: Bars): string;
  speedTicks(least: number, most: number): number[];
}>("./plot.mjs");

const texts = { title: "A & B", subtitle: "k < 11", speed: "queries a second" };
const circles = (svg: string): { x: number; y: number }[] =>
  Array.from(svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g), ([, x, y]) => ({ x: Number(x), y: Number(y) }));

test("more recall stands further right, more speed further up, and each halving of the misses has the same room", () => {
  const points = [
    { recall: 0.8, queriesPerSecond: 1_000 },
    { recall: 0.9, queriesPerSecond: 100 },
    { recall: 0.95, queriesPerSecond: 10 },
  ];
  const [a, b, c] = circles(recallChart({ ...texts, series: [{ name: "one", points }] }));
  expect(b!.x - a!.x).toBeCloseTo(c!.x - b!.x, 0);
  expect(b!.y - a!.y).toBeCloseTo(c!.y - b!.y, 0);
  expect([b!.x > a!.x, b!.y > a!.y]).toEqual([true, true]);
});

test("a perfect recall is drawn at the edge", () => {
  const at = (recall: number) =>
    circles(
      recallChart({
        ...texts,
        series: [
          {
            name: "one",
            points: [
              { recall: 0.5, queriesPerSecond: 9 },
              { recall, queriesPerSecond: 9 },
            ],
          },
        ],
      }),
    )[1];
  expect(at(1)).toEqual(at(0.9995));
});

test("of several points at the edge the first is drawn", () => {
  const points = [0.9, 0.9996, 1, 1].map((recall) => ({ recall, queriesPerSecond: 9 }));
  expect(circles(recallChart({ ...texts, series: [{ name: "one", points }] }))).toHaveLength(2);
});

test("every point of every curve is drawn, and texts are escaped", () => {
  const points = [{ recall: 0.9, queriesPerSecond: 5 }];
  const svg = recallChart({
    ...texts,
    series: [
      { name: "<a>", points },
      { name: "b", points },
    ],
  });
  expect(circles(svg)).toHaveLength(2);
  expect(svg).toContain("A &amp; B");
  expect(svg).toContain("&lt;a&gt;");
  expect(svg).not.toContain("NaN");
});

test("bars are as long as their values, and one without a value has none", () => {
  const bars = [10, 5, Number.NaN].map((value) => ({ name: "x", value, text: "-", ours: false }));
  const widths = Array.from(barChart({ ...texts, bars }).matchAll(/width="([\d.]+)" height="20"/g), ([, width]) =>
    Number(width),
  );
  expect(widths).toEqual([490, 245, 0]);
});

test.each([
  [2, 3, [100, 200, 500, 1_000]],
  [2.2, 2.4, [200]],
])("between 10^%d and 10^%d are the ticks %j", (least, most, expected) => {
  expect(speedTicks(least, most)).toEqual(expected);
});
