// Upserts of 100 records of 768 dimensions: vectors that the network's part of the way could take in a second, and that all of it does.
import { join } from "node:path";
import { TITLES, WAYS } from "./lane-contestants.mjs";
import { numbersFrom, upsertMessage } from "./lane-messages.mjs";
import { Contestant } from "./lane-process.mjs";
import { median, table, whole } from "./report.mjs";

const PATH = "/vecstore.v1.VecStoreService/Upsert";
const DIMENSION = 768;
const BATCH = 100;
/** One writer, as most loads are. */
const CONCURRENCY = 1;
const WARM_ROUNDS = 3;
const SECOND_US = 1_000_000;
/** Graphs are built by another thread, whose time is not the write's. */
const OPTIONS = { threads: 1, fsync: "never" };
const CONTESTANTS = [
  ["lane", "lane", OPTIONS],
  ["connect", "connect", OPTIONS],
  ["durable", "lane", { ...OPTIONS, fsync: "always" }],
  ["engine", "engine", OPTIONS],
  ["bare", "bare", {}],
  ["grpc-js", "grpc-js", {}],
];
const PAIRS = [
  ["http1", "lane"],
  ["http1", "connect"],
  ["http1", "durable"],
  ["http1", "bare"],
  ["http2", "lane"],
  ["http2", "connect"],
  ["http2", "durable"],
  ["http2", "bare"],
  ["http2", "grpc-js"],
];

/** @returns microseconds of the main thread and of the clock for an upsert, by way and contestant, and the engine's own */
export async function measureUpserts(folder, { rounds, upserts }) {
  const batches = Array.from({ length: upserts }, (_, call) =>
    Array.from({ length: BATCH }, (_record, at) => ({
      id: `record-${call}-${at}`,
      vector: numbersFrom(call * BATCH + at, DIMENSION),
    })),
  );
  const contestants = {};
  for (const [name, kind, options] of CONTESTANTS) {
    contestants[name] = await Contestant.start(kind, join(folder, name), options);
  }
  const samples = {};
  const keep = (name, round, { mainUs, wallMs }) => {
    if (round < 0) return;
    samples[name] ??= { mainUs: [], wallUs: [] };
    samples[name].mainUs.push(mainUs / upserts);
    samples[name].wallUs.push(((wallMs ?? Number.NaN) * 1_000) / upserts);
  };
  try {
    for (let round = -WARM_ROUNDS; round < rounds; round++) {
      keep("engine", round, await contestants.engine.ask("upsert", { namespace: `n${round + WARM_ROUNDS}`, batches }));
      for (const [way, name] of PAIRS) {
        const namespace = `n-${way}-${round + WARM_ROUNDS}`;
        keep(`${way} ${name}`, round, await turn(contestants, name, way, namespace, batches));
      }
    }
  } finally {
    for (const contestant of Object.values(contestants)) await contestant.stop();
  }
  const medians = Object.entries(samples).map(([name, of]) => {
    return [name, { mainUs: median(of.mainUs), wallUs: median(of.wallUs) }];
  });
  return { samples, medians: Object.fromEntries(medians) };
}

/** One turn in a namespace of its own, which is gone afterwards: no turn pays for the graphs of those before. */
async function turn(contestants, name, way, namespace, batches) {
  const contestant = contestants[name];
  const isStore = !["bare", "grpc-js"].includes(name);
  const bodies = batches.map((records) => upsertMessage(namespace, records));
  if (isStore) await admin(contestant, "POST", "", { name: namespace });
  const client = await WAYS[way].open({ port: contestant.ports[way], path: PATH, bodies, concurrency: CONCURRENCY });
  const used = await contestant.used(() => client.call(bodies.length));
  if (name === "lane") {
    const bytes = (await client.answer()).toString("base64");
    for (const other of ["bare", "grpc-js"]) await contestants[other].ask("answer", { bytes });
  }
  client.close();
  if (isStore) await admin(contestant, "DELETE", `/${namespace}`);
  return used;
}

async function admin({ ports }, method, path, body) {
  const url = `http://127.0.0.1:${ports.http1}/admin/namespaces${path}`;
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  if (!answer.ok) throw new Error(await answer.text());
}

/** @param {Awaited<ReturnType<typeof measureUpserts>>} upserts */
export function upsertTable({ medians }) {
  const rows = PAIRS.map(([way, name]) => {
    const { mainUs, wallUs } = medians[`${way} ${name}`];
    const own = ["bare", "grpc-js"].includes(name) ? 0 : medians.engine.mainUs;
    const net = name === "durable" ? undefined : mainUs - own;
    const title = name === "durable" ? `${TITLES.lane}, durable` : TITLES[name];
    const network = net === undefined ? ["-", "-"] : [whole(net), whole((BATCH * SECOND_US) / net)];
    return [WAYS[way].title, title, whole(mainUs), whole(own), ...network, whole((BATCH * SECOND_US) / wallUs)];
  });
  const heads = [
    ...["protocol", "server", "us of the main thread an upsert of 100 x 768", "engine alone", "network"],
    ...["vectors/s of the network's part", "vectors/s in all, one writer"],
  ];
  return table(heads, rows);
}
