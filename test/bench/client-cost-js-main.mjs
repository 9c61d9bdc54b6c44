// One client of the benchmark `client-cost-js`, in a process of its own: node client-cost-js-main.mjs KIND HOST CONCURRENCY
import { Agent, request } from "node:http";
import { grpcClient, http1Client } from "./lane-clients.mjs";
import { numbersFrom, queryMessage, upsertMessage } from "./lane-messages.mjs";

const SERVICE = "/vecstore.v1.VecStoreService";
const DIMENSION = 768;
const BULK_CONCURRENCY = 4;

const [, , kind, host, concurrencyText] = process.argv;
const port = Number(host.split(":")[1]);
const concurrency = Number(concurrencyText);
const vector = Float32Array.from(numbersFrom(7, DIMENSION));

const KINDS = {
  "bare-http1": () => bare(http1Client),
  "bare-http2": () => bare(grpcClient),
  "node-http": () => bare(nodeHttpClient),
  "grpc-js": () => bare(grpcJsClient),
  connect: () => ours("connect"),
  "grpc-web": () => ours("grpc-web"),
  grpc: () => ours("grpc"),
};

const client = await KINDS[kind]();
const doings = { queries: ({ calls }) => client.queries(calls), upserts: (given) => client.upserts(given) };
process.on("message", async ({ what, ...given }) => {
  try {
    process.send(await doings[what](given));
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) });
  }
});
process.on("disconnect", () => process.exit());
process.send({ ready: true });

async function measured(work) {
  const before = process.cpuUsage();
  const startMs = performance.now();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { cpuUs: user + system, wallMs: performance.now() - startMs };
}

/** What is sent again and again is made before, so that only the sending and the reading are measured. */
async function bare(open) {
  const { call } = await open({ port, path: `${SERVICE}/Query`, bodies: [queryMessage(vector)], concurrency });
  return {
    queries: (calls) => measured(() => call(calls)),
    upserts: async ({ namespace, records, batch }) => {
      const bodies = [];
      for (let from = 0; from < records; from += batch) {
        bodies.push(upsertMessage(namespace, [...recordsOf(from, Math.min(batch, records - from))]));
      }
      const writer = await open({ port, path: `${SERVICE}/Upsert`, bodies, concurrency: BULK_CONCURRENCY });
      const outcome = await measured(() => writer.call(bodies.length));
      writer.close();
      return outcome;
    },
  };
}

async function ours(protocol) {
  const { VecStoreClient } = await import("@vecstore/client");
  const client = new VecStoreClient(host, { protocol });
  return {
    queries: (calls) =>
      measured(() => {
        let left = calls;
        const lane = async () => {
          while (left-- > 0) await client.query(vector);
        };
        return Promise.all(Array.from({ length: concurrency }, lane));
      }),
    upserts: ({ namespace, records, batch }) => {
      const all = [...recordsOf(0, records)];
      const options = { batchSize: batch, concurrency: BULK_CONCURRENCY };
      return measured(() => client.namespace(namespace).upsertAll(all, options));
    },
  };
}

/** Random enough, and fast to make: each vector is the same numbers, turned by its place. */
function* recordsOf(from, count) {
  for (let at = from; at < from + count; at++) {
    const turned = Float32Array.from(vector, (_, axis) => vector[(axis + at) % DIMENSION] + at / 1e6);
    yield { id: `record-${at}`, vector: turned };
  }
}

/** Node's own client, with sockets that are kept. */
async function nodeHttpClient({ port: at, path, bodies, concurrency: lanes }) {
  const agent = new Agent({ keepAlive: true, noDelay: true });
  let next = 0;
  const send = () =>
    new Promise((resolve, reject) => {
      const body = bodies[next++ % bodies.length];
      const headers = {
        "content-type": "application/proto",
        "connect-protocol-version": "1",
        "content-length": body.length,
      };
      const sent = request({ host: "127.0.0.1", port: at, path, method: "POST", agent, headers }, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () => {
          if (response.statusCode !== 200) reject(new Error(Buffer.concat(chunks).toString()));
          else resolve(Buffer.concat(chunks));
        });
      });
      sent.on("error", reject);
      sent.end(body);
    });
  return { call: (count) => spread(count, lanes, send), close: () => agent.destroy() };
}

async function grpcJsClient({ port: at, path, bodies, concurrency: lanes }) {
  const { Client, credentials } = await import("@grpc/grpc-js");
  const grpc = new Client(`127.0.0.1:${at}`, credentials.createInsecure(), { "grpc.max_send_message_length": -1 });
  let next = 0;
  const same = (bytes) => bytes;
  const send = () =>
    new Promise((resolve, reject) => {
      const body = bodies[next++ % bodies.length];
      grpc.makeUnaryRequest(path, same, same, body, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
  return { call: (count) => spread(count, lanes, send), close: () => grpc.close() };
}

async function spread(count, lanes, send) {
  let left = count;
  const run = async () => {
    while (left-- > 0) await send();
  };
  await Promise.all(Array.from({ length: lanes }, run));
}
