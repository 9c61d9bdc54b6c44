// Clients that cost little and keep a number of calls open, over HTTP/1.1 and over HTTP/2. What is measured is the server.
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";

const HEAD_END = "\r\n\r\n";

/**
 * One way to send one call again and again.
 *
 * @typedef {object} Client
 * @property {(count: number) => Promise<void>} call  sends `count` calls, `concurrency` at a time
 * @property {(count: number, perSecond: number) => Promise<void>} pace  sends them one by one as time goes on, however fast they are answered
 * @property {() => Promise<Buffer>} answer  the body of one answer
 * @property {() => void} close
 */

/**
 * Connect's unary form over HTTP/1.1: keep-alive sockets, one call at a time on each.
 *
 * @param {{ port: number, path: string, bodies: Buffer[], concurrency: number }} of  the bodies take turns
 * @returns {Promise<Client>}
 */
export async function http1Client({ port, path, bodies, concurrency }) {
  const headOf = ({ length }) =>
    [
      `POST ${path} HTTP/1.1`,
      `host: 127.0.0.1:${port}`,
      "content-type: application/proto",
      "connect-protocol-version: 1",
      `content-length: ${length}`,
    ].join("\r\n") + HEAD_END;
  const next = inTurn(bodies.map((body) => Buffer.concat([Buffer.from(headOf(body)), body])));
  const sockets = await Promise.all(Array.from({ length: concurrency }, () => openSocket(port)));
  const send = (socket) =>
    new Promise((resolve, reject) => {
      let answer = Buffer.alloc(0);
      const onData = (chunk) => {
        answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk]);
        const bodyAt = answer.indexOf(HEAD_END) + HEAD_END.length;
        if (bodyAt < HEAD_END.length) return;
        const text = answer.latin1Slice(0, bodyAt);
        if (!text.startsWith("HTTP/1.1 200")) return reject(new Error(answer.toString()));
        const length = Number(/content-length: (\d+)/i.exec(text)[1]);
        if (answer.length < bodyAt + length) return;
        socket.off("data", onData);
        socket.off("close", onClose);
        resolve(answer.subarray(bodyAt));
      };
      const onClose = () => reject(new Error("the server closed the connection"));
      socket.on("data", onData);
      socket.on("close", onClose);
      socket.write(next());
    });
  return {
    call: (count) => spread(count, sockets, send),
    pace: (count, perSecond) => spreadOverTime(count, perSecond, sockets, send),
    answer: () => send(sockets[0]),
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function openSocket(port) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}

/**
 * gRPC's unary form: the streams of one session.
 *
 * @param {{ port: number, path: string, bodies: Buffer[], concurrency: number }} of
 * @returns {Promise<Client>}
 */
export async function grpcClient({ port, path, bodies, concurrency }) {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  await once(session, "connect");
  const next = inTurn(bodies.map((body) => Buffer.concat([frameHead(body), body])));
  const headers = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" };
  const send = () =>
    new Promise((resolve, reject) => {
      const chunks = [];
      const stream = session.request(headers);
      let status;
      stream.on("response", (answered) => {
        status = answered["grpc-status"];
      });
      stream.on("trailers", (trailers) => {
        status = trailers["grpc-status"];
      });
      stream.on("data", (chunk) => chunks.push(chunk));
      stream.on("error", reject);
      stream.on("end", () => {
        if (status !== "0") reject(new Error(`grpc-status ${status}`));
        else resolve(Buffer.concat(chunks).subarray(5));
      });
      stream.end(next());
    });
  return {
    call: (count) => spread(count, Array(concurrency).fill(undefined), send),
    pace: (count, perSecond) => spreadOverTime(count, perSecond, Array(concurrency).fill(undefined), send),
    answer: send,
    close: () => session.destroy(),
  };
}

function frameHead({ length }) {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(length, 1);
  return head;
}

function inTurn(requests) {
  let at = 0;
  return () => requests[at++ % requests.length];
}

/** Each lane sends one call after the other until all are sent. */
async function spread(count, lanes, send) {
  let left = count;
  const run = async (lane) => {
    while (left-- > 0) await send(lane);
  };
  await Promise.all(lanes.map(run));
}

/** Each call begins when it is due and a lane is free. */
async function spreadOverTime(count, perSecond, lanes, send) {
  const startMs = performance.now();
  let sent = 0;
  const run = async (lane) => {
    for (;;) {
      const at = sent++;
      if (at >= count) return;
      const waitMs = startMs + (at * 1_000) / perSecond - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      await send(lane);
    }
  };
  await Promise.all(lanes.map(run));
}
