// One client of the benchmark `client-cost-js`, in a process of its own: node client-cost-js-main.mjs KIND HOST CONCURRENCY
import { Agent, request } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { setTimeout as pause } from "node:timers/promises";
import { grpcClient, http1Client } from "./lane-clients.mjs";
import { numbersFrom, queryMessage, upsertMessage } from "./lane-messages.mjs";

const SERVICE = "/vecstore.v1.VecStoreService";
const DIMENSION = 768;
const BULK_CONCURRENCY = 4;
/** What the server asks for when too many records wait for the graph. */
const RETRY_MS = 1_000;
const RESOURCE_EXHAUSTED = "8";

const [, , kind, host, concurrencyText] = process.argv;
const port = Number(host.split(":")[1]);
const concurrency = Number(concurrencyText);
const vector = Float32Array.from(numbersFrom(7, DIMENSION));

const KINDS = {
  "bare-http1": () => bare(http1Client),
  "bare-http2": () => bare(grpcClient, http2Writer),
  "node-http": () => bare(nodeHttpClient, nodeHttpWriter),
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
async function bare(open, openWriter) {
  const { call } = await open({ port, path: `${SERVICE}/Query`, bodies: [queryMessage(vector)], concurrency });
  return {
    queries: (calls) => measured(() => call(calls)),
    upserts: async ({ namespace, records, batch }) => {
      const bodies = [];
      for (let from = 0; from < records; from += batch) {
        bodies.push(upsertMessage(namespace, [...recordsOf(from, Math.min(batch, records - from))]));
      }
      const writer = openWriter(`${SERVICE}/Upsert`);
      const outcome = await measured(() => writeAll(bodies, writer.send));
      writer.close();
      return outcome;
    },
  };
}

/** Each of the bodies once, waiting where the server refuses one. `send` answers whether it was taken. */
async function writeAll(bodies, send) {
  const left = [...bodies].reverse();
  const lane = async () => {
    for (let body = left.pop(); body !== undefined; body = left.pop()) {
      while (!(await send(body))) await pause(RETRY_MS);
    }
  };
  await Promise.all(Array.from({ length: BULK_CONCURRENCY }, lane));
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
function nodeHttp(path) {
  const agent = new Agent({ keepAlive: true, noDelay: true });
  const post = (body) =>
    new Promise((resolve, reject) => {
      const headers = {
        "content-type": "application/proto",
        "connect-protocol-version": "1",
        "content-length": body.length,
      };
      const sent = request({ host: "127.0.0.1", port, path, method: "POST", agent, headers }, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () => resolve({ status: response.statusCode, answer: Buffer.concat(chunks) }));
      });
      sent.on("error", reject);
      sent.end(body);
    });
  return { post, close: () => agent.destroy() };
}

async function nodeHttpClient({ path, bodies: [body], concurrency: lanes }) {
  const { post, close } = nodeHttp(path);
  const send = async () => {
    const { status, answer } = await post(body);
    if (status !== 200) throw new Error(answer.toString());
  };
  return { call: (count) => spread(count, lanes, send), close };
}

function nodeHttpWriter(path) {
  const { post, close } = nodeHttp(path);
  const send = async (body) => {
    const { status, answer } = await post(body);
    if (status !== 200 && status !== 429) throw new Error(answer.toString());
    return status === 200;
  };
  return { send, close };
}

/** gRPC on Node's HTTP/2, one connection. */
function http2Writer(path) {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const headers = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" };
  const send = (body) =>
    new Promise((resolve, reject) => {
      const stream = session.request(headers);
      let status;
      stream.on("response", (head) => {
        status = head["grpc-status"];
      });
      stream.on("trailers", (trailers) => {
        status = trailers["grpc-status"];
      });
      stream.on("error", reject);
      stream.on("end", () => {
        if (status === "0" || status === RESOURCE_EXHAUSTED) resolve(status === "0");
        else reject(new Error(`grpc-status ${status}`));
      });
      stream.resume();
      const head = Buffer.alloc(5);
      head.writeUInt32BE(body.length, 1);
      stream.write(head);
      stream.end(body);
    });
  return { send, close: () => session.destroy() };
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
