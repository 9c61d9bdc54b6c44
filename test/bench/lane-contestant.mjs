// One server of the benchmark `lane`, or the engine without one, in a process of its own: node lane-contestant.mjs KIND
// It says where it listens, and how much processor time it used so far, when the parent asks.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";

const KINDS = {
  lane: () => serve(true),
  connect: () => serve(false),
  bare: () => bare(() => {}),
  asking,
  "grpc-js": grpcJs,
  engine,
};
const NAMESPACE = "default";
const OK = { "grpc-status": "0" };

/** Set by the parent: what servers answer that have no engine. */
let answer = Buffer.alloc(0);
/** Set by the parent: the query of a handler that asks the engine. */
let asked;
/** Gives the data back, where there are any. */
let close;
const doings = {
  cpu: () => ({ cpuUs: cpuUs(), mainUs: mainUs() }),
  answer: ({ bytes }) => {
    answer = Buffer.from(bytes, "base64");
  },
  query: ({ vector }) => {
    asked = { vector: Float32Array.from(vector), limit: 10 };
  },
};

const [, , kind, folder, options = "{}"] = process.argv;
const ready = await KINDS[kind]();
process.on("message", async ({ id, what, ...rest }) =>
  process.send({ id, result: (await doings[what](rest)) ?? null }),
);
process.on("disconnect", async () => {
  await close?.();
  process.exit();
});
process.send({ ready });

/** Of all threads, those of garbage collection too. */
function cpuUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Of the main thread alone: builders of graphs are not on the way of a write. Linux only. */
function mainUs() {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]) / 1_000;
  } catch {
    return Number.NaN;
  }
}

/** The server as it is shipped; its log goes to standard output, which leads nowhere. */
async function serve(fastLane) {
  const { startServer } = await import("@vecstore/server");
  const listen = [{ host: "127.0.0.1", port: 0 }];
  const server = await startServer({ listen, data: folder, fastLane, ...JSON.parse(options) });
  close = () => server.close();
  return { http1: server.ports[0], http2: server.ports[0] };
}

/** Reads the body whole, does what there is to do, and answers; gRPC framed by hand. */
async function bare(work) {
  const http1 = createServer((request, response) => {
    request.on("data", keep(request));
    request.on("end", async () => {
      await work();
      response.writeHead(200, { "content-type": "application/proto", "content-length": answer.length });
      response.end(answer);
    });
  });
  // Node would end a connection that waits for its turn.
  http1.keepAliveTimeout = 0;
  // The windows of the server that it is compared with.
  const http2 = createHttp2Server({ settings: { initialWindowSize: 1024 * 1024 } });
  http2.on("session", (session) => session.setLocalWindowSize(4 * 1024 * 1024));
  http2.on("stream", (stream) => {
    stream.on("data", keep(stream));
    stream.on("end", async () => {
      await work();
      stream.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers(OK));
      stream.end(Buffer.concat([frameHead(answer), answer]));
    });
  });
  return { http1: await portOf(http1), http2: await portOf(http2) };
}

/** The bare handler, that asks the engine before it answers: what it takes more than the bare one is the engine's, in a server. */
async function asking() {
  const store = await openStore();
  return bare(() => store.query(asked));
}

/** As a handler that wants the bytes has to. */
function keep(stream) {
  stream.chunks = [];
  return (chunk) => stream.chunks.push(chunk);
}

function frameHead({ length }) {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(length, 1);
  return head;
}

async function portOf(server) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server.address().port;
}

async function grpcJs() {
  const { Server, ServerCredentials } = await import("@grpc/grpc-js");
  const same = (bytes) => bytes;
  const method = (path) => ({
    ...{ path, requestStream: false, responseStream: false },
    ...{ requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same },
  });
  const server = new Server({ "grpc.max_receive_message_length": -1 });
  const names = ["Query", "Upsert"];
  const service = Object.fromEntries(names.map((name) => [name, method(`/vecstore.v1.VecStoreService/${name}`)]));
  const handler = (_call, callback) => callback(null, answer);
  server.addService(service, { Query: handler, Upsert: handler });
  const port = await new Promise((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { http2: port };
}

/** The same store with the same calls, and nothing around it. */
async function engine() {
  const directory = await openDirectory();
  doings.upsert = async ({ namespace, batches }) => {
    await directory.createNamespace(namespace, {});
    const target = await directory.namespace(namespace);
    const ready = batches.map((records) =>
      records.map(({ id, vector }) => ({ id, vector: Float32Array.from(vector) })),
    );
    const time = await used(async () => {
      for (const records of ready) await target.upsert(records);
    });
    await directory.deleteNamespace(namespace);
    return time;
  };
  return {};
}

async function openStore() {
  const directory = await openDirectory();
  return directory.namespace(NAMESPACE);
}

async function openDirectory() {
  const { NamespacedVecStore } = await import("@vecstore/engine");
  const { cacheBytes: _cacheBytes, ...ofEngine } = JSON.parse(options);
  const directory = await NamespacedVecStore.open(folder, ofEngine);
  close = () => directory.close();
  return directory;
}

async function used(work) {
  const before = doings.cpu();
  await work();
  const after = doings.cpu();
  return { cpuUs: after.cpuUs - before.cpuUs, mainUs: after.mainUs - before.mainUs };
}
