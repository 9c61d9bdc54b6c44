// Real servers, and proxies that make faults, for the executors of all languages. The README beside this file says what it prints.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerProcess } from "../support/server-process.mjs";
import { startControl } from "./harness/control.mjs";

const ADMIN_KEY = "conformance-admin-key-0123456789abcdef";

/** What makes a server another one than it comes. */
const SERVERS = {
  open: {},
  keyed: { env: { VECSTORE_ADMIN_KEY: ADMIN_KEY } },
  small: { args: ["--max-batch-records", "10", "--max-query-limit", "20", "--max-message-bytes", "65536"] },
};

// What the caller's own shell sets is for no server of these.
for (const name of Object.keys(process.env)) if (name.startsWith("VECSTORE_")) delete process.env[name];

const folder = mkdtempSync(join(tmpdir(), "vecstore-conformance-"));
const running = new Map();
let control;

async function start() {
  // All of them, so that the others can be ended where one does not start.
  const failed = (await Promise.allSettled(Object.entries(SERVERS).map(startServer))).find(({ reason }) => reason);
  if (failed !== undefined) throw failed.reason;
  const urls = Object.fromEntries([...running].map(([name, { url }]) => [name, url]));
  const servers = { ...urls, nowhere: await unusedUrl() };
  control = await startControl(servers);
  console.log(JSON.stringify({ servers, admin_key: ADMIN_KEY, control: control.url }));
}

async function startServer([name, { args = [], env = {} }]) {
  // Others may be starting just now, and the machine may be busy.
  const server = await ServerProcess.start(join(folder, name), {
    readyWithinMs: 120_000,
    args: ["--threads", "1", "--log-level", "error", ...args],
    env,
    onPrint: printFaults,
  });
  running.set(name, { server, url: `http://${server.host.replace("localhost", "127.0.0.1")}` });
}

/** Prints what a server logs of faults of its own: the caller is told only that there was one. */
function printFaults(text) {
  for (const line of text.split("\n")) if (line.includes('"reason":"INTERNAL"')) process.stderr.write(`${line}\n`);
}

/** A port that nobody listens on: it was free a moment ago, and the system gives others first. */
async function unusedUrl() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return `http://127.0.0.1:${port}`;
}

let ending;
function end() {
  ending ??= (async () => {
    control?.close();
    await Promise.all([...running.values()].map(({ server }) => server.stop("SIGKILL")));
    rmSync(folder, { recursive: true, force: true });
  })();
  return ending;
}

const started = start();
const stop = async () => {
  await started.catch(() => {});
  await end();
  process.exit();
};
process.stdin.resume().on("end", stop);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, stop);
try {
  await started;
} catch (error) {
  console.error(error);
  await end();
  process.exit(1);
}
