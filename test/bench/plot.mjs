// Small SVG charts, by hand: curves of recall and speed, and bars.

const WIDTH = 860;
const HEIGHT = 520;
const PLOT = { left: 78, top: 64, right: 600, bottom: 456 };
const LEGEND_LEFT = 622;
const LEGEND_STEP = 22;
const BAR_LEFT = 250;
const BAR_RIGHT = 740;
const BAR_STEP = 30;
/** Okabe and Ito's colors, which most color-blind readers tell apart, and two more. */
const COLORS = [
  "#d55e00",
  "#0072b2",
  "#009e73",
  "#cc79a7",
  "#56b4e9",
  "#e69f00",
  "#000000",
  "#8c564b",
  "#7f7f7f",
  "#6a3d9a",
];
const RECALL_TICKS = [0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999];
/** A higher recall is drawn here: the axis has no end. */
const RECALL_MAX = 0.9995;

/**
 * Recall to the right, on a scale that gives each halving of the misses the same room; queries a second upwards, logarithmic.
 *
 * @param {{title: string, subtitle: string, speed: string, series: {name: string, points: {recall: number, queriesPerSecond: number}[]}[]}} chart
 * @returns {string} an SVG document
 */
export function recallChart({ title, subtitle, speed, series }) {
  const points = series.flatMap((one) => one.points);
  const least = Math.max(0.4, Math.min(RECALL_TICKS.at(-2), ...points.map(({ recall }) => recall)));
  const xOf = scale(nines(least), nines(RECALL_MAX), PLOT.left, PLOT.right);
  const speeds = points.map(({ queriesPerSecond }) => Math.log10(queriesPerSecond));
  const yOf = scale(Math.min(...speeds) - 0.05, Math.max(...speeds) + 0.05, PLOT.bottom, PLOT.top);
  const place = ({ recall, queriesPerSecond }) => [
    xOf(nines(Math.max(least, recall))),
    yOf(Math.log10(queriesPerSecond)),
  ];
  const xTicks = RECALL_TICKS.filter((tick) => tick >= least).map((tick) => ({
    at: xOf(nines(tick)),
    text: String(tick),
  }));
  const yTicks = speedTicks(Math.min(...speeds), Math.max(...speeds)).map((tick) => ({
    at: yOf(Math.log10(tick)),
    text: tick.toLocaleString("en-US"),
  }));
  return document(title, subtitle, HEIGHT, [
    ...grid(xTicks, yTicks),
    axisNames(`recall of the 10 nearest (from ${RECALL_MAX} on: at the edge)`, speed),
    // The first on top.
    ...series.map((one, at) => curve(upToEdge(one.points).map(place), colorOf(at), at === 0)).reverse(),
    ...series.map((one, at) => legend(one.name, at)),
  ]);
}

/**
 * @param {{title: string, subtitle: string, bars: {name: string, value: number, text: string, ours: boolean}[]}} chart  a
 *   value that is not a number has its text only
 * @returns {string} an SVG document
 */
export function barChart({ title, subtitle, bars }) {
  const most = Math.max(...bars.map(({ value }) => value).filter(Number.isFinite));
  const xOf = scale(0, most, 0, BAR_RIGHT - BAR_LEFT);
  const rows = bars.map(({ name, value, text: label, ours }, at) => {
    const top = PLOT.top + at * BAR_STEP;
    const width = Number.isFinite(value) ? round(xOf(value)) : 0;
    return [
      text(BAR_LEFT - 10, top + 15, name, `text-anchor="end"`),
      `<rect x="${BAR_LEFT}" y="${top}" width="${width}" height="20" fill="${colorOf(ours ? 0 : 1)}"/>`,
      text(BAR_LEFT + width + 8, top + 15, label),
    ].join("\n");
  });
  return document(title, subtitle, PLOT.top + bars.length * BAR_STEP + 16, rows);
}

/** Behind the first point at the edge the others are slower for nothing that could be seen. */
function upToEdge(points) {
  const first = points.findIndex(({ recall }) => recall >= RECALL_MAX);
  return first < 0 ? points : points.slice(0, first + 1);
}

/** Halves of the misses: 0.9 is 1, 0.99 is 2. */
function nines(recall) {
  return -Math.log10(1 - Math.min(RECALL_MAX, recall));
}

/** A linear map of [from, to] to [start, end]. */
function scale(from, to, start, end) {
  const span = to - from || 1;
  return (value) => start + ((value - from) / span) * (end - start);
}

/** 1, 2 and 5 times the powers of ten between two logarithms. */
export function speedTicks(least, most) {
  const ticks = [];
  for (let power = Math.floor(least); power <= Math.ceil(most); power++) {
    for (const factor of [1, 2, 5]) {
      const tick = factor * 10 ** power;
      if (Math.log10(tick) >= least - 0.05 && Math.log10(tick) <= most + 0.05) ticks.push(tick);
    }
  }
  return ticks;
}

function grid(xTicks, yTicks) {
  const { left, right, top, bottom } = PLOT;
  return [
    ...xTicks.map(({ at, text: label }) =>
      [line(at, top, at, bottom, "#e2e2e2"), text(at, bottom + 20, label, `text-anchor="middle"`)].join("\n"),
    ),
    ...yTicks.map(({ at, text: label }) =>
      [line(left, at, right, at, "#e2e2e2"), text(left - 8, at + 4, label, `text-anchor="end"`)].join("\n"),
    ),
    line(left, bottom, right, bottom, "#444"),
    line(left, top, left, bottom, "#444"),
  ];
}

function axisNames(x, y) {
  const middle = (PLOT.top + PLOT.bottom) / 2;
  return [
    text((PLOT.left + PLOT.right) / 2, PLOT.bottom + 44, x, `text-anchor="middle"`),
    text(18, middle, y, `text-anchor="middle" transform="rotate(-90 18 ${middle})"`),
  ].join("\n");
}

/** @param {[number, number][]} places @param {string} color @param {boolean} first  the first curve is the thickest */
function curve(places, color, first) {
  const path = places.map(([x, y], at) => `${at === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join(" ");
  const dots = places.map(([x, y]) => `<circle cx="${round(x)}" cy="${round(y)}" r="3" fill="${color}"/>`);
  return [`<path d="${path}" fill="none" stroke="${color}" stroke-width="${first ? 3 : 1.5}"/>`, ...dots].join("\n");
}

function legend(name, at) {
  const y = PLOT.top + 8 + at * LEGEND_STEP;
  const mark = `<rect x="${LEGEND_LEFT}" y="${y - 5}" width="18" height="4" fill="${colorOf(at)}"/>`;
  return [mark, text(LEGEND_LEFT + 26, y + 1, name)].join("\n");
}

function document(title, subtitle, height, parts) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" fill="#222">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text(24, 26, title, `font-size="16" font-weight="bold"`),
    text(24, 46, subtitle, `fill="#555"`),
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function text(x, y, content, attributes = "") {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escaped(content)}</text>`;
}

function line(x1, y1, x2, y2, stroke) {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${stroke}"/>`;
}

const colorOf = (at) => COLORS[at % COLORS.length];
const round = (value) => Math.round(value * 10) / 10;
const escaped = (content) =>
  content.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
