// A client in a thread of its own: it sees what a caller sees who has nothing to do with the event loop under test, the wait for
// its turn included.
import { Worker } from "node:worker_threads";

const SOURCE = `
const { parentPort } = require("node:worker_threads");
const EVERY_MS = 2;
let running = false, at = 0, sentMs = 0, latencies = [[], []];
const send = () => {
  sentMs = performance.now();
  parentPort.postMessage({ query: at });
};
parentPort.on("message", (message) => {
  if (message === "start") {
    running = true;
    latencies = [[], []];
    send();
  } else if (message === "stop") {
    running = false;
  } else {
    latencies[at % 2].push(performance.now() - sentMs);
    at++;
    if (running) setTimeout(send, EVERY_MS);
    else parentPort.postMessage({ latencies });
  }
});`;

/** Asks two stores by turns, one query at a time, every 2 ms. */
export class QueryClient {
  #worker = new Worker(SOURCE, { eval: true });
  #stores = [];
  #done;

  /** @param {Float32Array[]} queries */
  constructor(queries) {
    this.#worker.on("message", async ({ query, latencies }) => {
      if (latencies !== undefined) return this.#done(latencies);
      const vector = queries[query % queries.length];
      await this.#stores[query % 2].query({ vector, limit: 10, includeMetadata: false });
      this.#worker.postMessage("answer");
    });
  }

  /** @param {object[]} stores  two */
  start(stores) {
    this.#stores = stores;
    this.#worker.postMessage("start");
  }

  /** @returns {Promise<number[][]>} the latencies in milliseconds, of each store */
  stop() {
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#worker.postMessage("stop");
    });
  }

  close() {
    return this.#worker.terminate();
  }
}
