// A thread of exact.mjs: compares the chunks it is sent, and answers each so that the next one comes.
import { parentPort, workerData } from "node:worker_threads";
import { ExactSearch } from "./exact-search.mjs";

const search = new ExactSearch(workerData.dimension, workerData.queries);
parentPort.on("message", (message) => {
  if (message === "end") {
    parentPort.postMessage({ slots: search.slots, scores: search.scores });
    parentPort.close();
  } else {
    search.add(message.from, message.vectors);
    parentPort.postMessage("next");
  }
});
