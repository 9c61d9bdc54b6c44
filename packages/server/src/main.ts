import { readFileSync } from "node:fs";
import { NamespacedVecStore } from "@vecstore/engine";
import { type Authority, createAuthority } from "./auth/authority.js";
import { setUpAuth } from "./auth/setup.js";
import { runCommand } from "./cli/run.js";
import { type Address, addressesOf, defaultSettings, formatAddress, type Settings } from "./config.js";
import { refusal } from "./errors.js";
import { createProbe } from "./http/readiness.js";
import { createRestDoor } from "./http/rest.js";
import { createOnion } from "./interceptors/index.js";
import { clampTimeouts } from "./interceptors/timeout-header.js";
import { createLifecycle, type Lifecycle } from "./lifecycle.js";
import { type Listener, listen, type TlsMaterial } from "./listener.js";
import type { RequestHandler } from "./node-http.js";
import { createLog, type LogHandle, type LogSink } from "./observability/logger.js";
import { createMetrics, type Metrics } from "./observability/metrics.js";
import { createReporter, type Reporter } from "./observability/report.js";
import { createRoutes } from "./routes.js";
import { createRpcDoor } from "./rpc/door.js";
import { engineEvents } from "./rpc/engine-events.js";
import { readNumbers } from "./rpc/numbers.js";
import { createServices } from "./rpc/services.js";

/** What a server is started with: any setting, and what does not come from files and flags. */
export interface ServerOptions extends Partial<Settings> {
  /** The admin key. Default: none; `vecstore serve` reads it from the environment. */
  readonly adminKey?: string;
  /** Where log lines go. Default: standard output. */
  readonly logSink?: LogSink;
  /** Told the admin key when one had to be made; it is kept nowhere. Default: printed to standard error. */
  readonly onCreatedKey?: (key: string) => void;
}

/** A server that runs. */
export interface RunningServer {
  /** Where it listens, in the order of the settings. */
  readonly addresses: readonly Address[];
  /** The ports alone. */
  readonly ports: readonly number[];
  /** Resolves when recovery is done and /ready says so; rejects when the directory cannot be opened. */
  readonly ready: Promise<void>;
  /** Drains: not ready, no new connections, running requests finish, the store is checkpointed and closed. */
  close(): Promise<void>;
}

/** Starts a server and waits until it is ready. Port 0 takes a free one. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const server = await launchServer(options);
  try {
    await server.ready;
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

/** Everything between the settings and the sockets. */
interface House {
  readonly settings: Settings;
  readonly lifecycle: Lifecycle;
  readonly authority: Authority;
  readonly logs: LogHandle;
  readonly metrics: Metrics;
  readonly reporter: Reporter;
  /** Undefined until recovery is done. */
  store: NamespacedVecStore | undefined;
}

/** Listens first, so that probes see a server that starts, then opens the directory. */
export async function launchServer(options: ServerOptions): Promise<RunningServer> {
  const house = buildHouse(options);
  const { settings, lifecycle, logs } = house;
  const tls = readTls(settings);
  const listener = await listen({
    addresses: addressesOf(settings),
    handler: buildHandler(house, tls !== undefined && !settings.allowPlaintext),
    limits: settings,
    tls,
    onConnections: house.metrics.connections,
  });
  logs.log.info({ addresses: listener.addresses.map(formatAddress), tls: tls !== undefined }, "listening");
  const ready = openStore(house);
  // Whoever starts the server may not look at `ready` before `close`.
  ready.catch(() => {});
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= closeHouse(house, listener, ready);
    return closed;
  };
  const { addresses } = listener;
  lifecycle.enter("starting");
  return { addresses, ports: addresses.map((at) => at.port), ready, close };
}

function buildHouse(options: ServerOptions): House {
  const { adminKey, logSink, onCreatedKey, ...given } = options;
  const settings: Settings = { ...defaultSettings(), ...given };
  const logs = createLog(settings.logLevel, logSink);
  const setup = setUpAuth({ isInsecure: settings.insecure, adminKey, addresses: addressesOf(settings) });
  if (setup.createdKey !== undefined) (onCreatedKey ?? printKey)(setup.createdKey);
  if (setup.mode.kind === "off") logs.log.warn("authentication is off");
  const onIgnoredKey = () => logs.log.warn("a request carries an API key, but authentication is off: keys are ignored");
  const authority = createAuthority({ mode: setup.mode, corsOrigins: settings.corsOrigins, onIgnoredKey });
  const house: { store: NamespacedVecStore | undefined } = { store: undefined };
  const metrics = createMetrics({
    namespacesMax: settings.metricsNamespacesMax,
    numbersOf: (namespaces) => readNumbers(house.store, namespaces),
  });
  const reporter = createReporter(logs.log, metrics, settings.slowQueryMs);
  return Object.assign(house, { settings, lifecycle: createLifecycle(), authority, logs, metrics, reporter });
}

function printKey(key: string): void {
  process.stderr.write(
    `vecstore: no admin key is set and the server listens beyond loopback, so one was made. It is shown once:\n\n    ${key}\n\n`,
  );
}

function buildHandler(house: House, isTlsRequired: boolean): RequestHandler {
  const { settings, lifecycle, authority, metrics, reporter } = house;
  const probe = createProbe({ lifecycle, directory: () => house.store, dataDir: settings.data });
  const hasAdminKey = authority.mode.kind === "on";
  const methods = createServices({ directory: () => directoryOf(house), hasAdminKey, lifecycle, probe });
  const interceptors = createOnion({ reporter, idleTimeoutMs: settings.idleTimeoutMs });
  const { maxMessageBytes } = settings;
  return createRoutes({
    authority,
    metrics,
    probe,
    rpc: createRpcDoor({ methods, interceptors, maxMessageBytes, clampTimeouts, reporter }),
    rest: createRestDoor({ methods, interceptors, maxMessageBytes, reporter }),
    corsOrigins: settings.corsOrigins,
    isTlsRequired,
    isDraining: () => lifecycle.phase === "draining",
    log: house.logs.log,
  });
}

function directoryOf({ lifecycle, store }: House): NamespacedVecStore {
  if (lifecycle.phase === "draining") throw refusal("DRAINING", "the server is shutting down");
  if (store === undefined) throw refusal("STARTING", "the server is recovering its data");
  return store;
}

async function openStore(house: House): Promise<void> {
  const { settings, logs, metrics, lifecycle } = house;
  house.store = await NamespacedVecStore.open(settings.data, {
    fsync: settings.fsync,
    ...(settings.threads === undefined ? {} : { threads: settings.threads }),
    checkpointLogBytes: settings.checkpointLogBytes,
    memoryForVectors: settings.memoryForVectors,
    maxBatchRecords: settings.maxBatchRecords,
    maxQueryLimit: settings.maxQueryLimit,
    onEvent: engineEvents(logs.log, metrics),
  });
  if (lifecycle.phase === "starting") lifecycle.enter("ready");
  logs.log.info({ data: settings.data }, "ready");
}

async function closeHouse(house: House, listener: Listener, ready: Promise<void>): Promise<void> {
  const { lifecycle, logs, settings } = house;
  lifecycle.enter("draining");
  logs.log.info("draining");
  await listener.drain(settings.drainTimeoutMs);
  await ready.catch(() => {});
  await house.store?.close();
  logs.log.info("stopped");
  logs.flush();
}

function readTls(settings: Settings): TlsMaterial | undefined {
  const { tlsCert, tlsKey, tlsClientCa } = settings;
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  const clientCa = tlsClientCa === undefined ? {} : { clientCa: readFileSync(tlsClientCa) };
  return { cert: readFileSync(tlsCert), key: readFileSync(tlsKey), ...clientCa };
}

/** Runs the `vecstore` command. @returns the exit status */
export function main(args: readonly string[]): Promise<number> {
  return runCommand(args, launchServer);
}
