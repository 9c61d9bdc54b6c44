import { resolve } from "node:path";
import { NAME_PATTERN, NamespacedVecStore, type QueryAnswer } from "@vecstore/engine";
import { type Authority, createAuthority } from "./auth/authority.js";
import { configuredCredentials } from "./auth/configured-credentials.js";
import { keyFilePath } from "./auth/key-disk.js";
import { KeyStore } from "./auth/key-store.js";
import { authMode, needsAdminKey } from "./auth/setup.js";
import { AnswerCache } from "./cache/answer-cache.js";
import { runCommand } from "./cli/run.js";
import { VERSION } from "./cli/version.js";
import { type Address, addressesOf, defaultSettings, formatAddress, type Settings } from "./config.js";
import { refusal } from "./errors.js";
import { createProbe } from "./http/readiness.js";
import { createConnectionRefusal } from "./http/refuse-connection.js";
import { createRestDoor } from "./http/rest.js";
import { createDirectOnion, createOnion } from "./interceptors/index.js";
import { clampTimeouts } from "./interceptors/timeout-header.js";
import { createFastLane } from "./lane/fast-lane.js";
import { FrameDoor } from "./lane/http2/frame-door.js";
import { Lane } from "./lane/lane.js";
import { SocketDoor } from "./lane/socket-door.js";
import { StreamDoor, type StreamDoorOptions } from "./lane/stream-door.js";
import { createLifecycle, type Lifecycle } from "./lifecycle.js";
import { createSubjectOf } from "./listener/client-certificate.js";
import { type Listener, type ListenerOptions, listen } from "./listener.js";
import { type Audit, createAudit, lineOfKeyMade } from "./observability/audit.js";
import { AuditFile, auditDirectory } from "./observability/audit-file.js";
import { type CertificateWatch, watchCertificates } from "./observability/certificate-watch.js";
import type { LogSink } from "./observability/line-batch.js";
import { createLog, type LogHandle } from "./observability/logger.js";
import { createMetrics, type Metrics } from "./observability/metrics.js";
import { tellQuotaWarning } from "./observability/quota-warning.js";
import { createReporter, type Reporter } from "./observability/report.js";
import { startTraces, type Traces } from "./observability/tracing/traces.js";
import { every } from "./quota/every.js";
import type { Ledger } from "./quota/request-account.js";
import { RequestRates } from "./quota/request-rates.js";
import { Traffic } from "./quota/traffic.js";
import { QuotaWarnings } from "./quota/warnings.js";
import { createRoutes } from "./routes.js";
import { NAMESPACE_DEFAULT } from "./rpc/deps.js";
import { createRpcDoor } from "./rpc/door.js";
import { engineEvents } from "./rpc/engine-events.js";
import { LiveRecall } from "./rpc/live-recall.js";
import { readNumbers } from "./rpc/numbers.js";
import { createServices } from "./rpc/services.js";
import { createUsageLedger } from "./rpc/usage-ledger.js";
import { WebSocketDoor } from "./websocket/door.js";

/** What a server is started with: any setting, and what does not come from files and flags. */
export interface ServerOptions extends Partial<Settings> {
  /** The admin key. Default: none; `vecstore serve` reads it from the environment. */
  readonly adminKey?: string;
  /** Where log lines go. Default: standard output. */
  readonly logSink?: LogSink;
  /** Told the admin key when one had to be made; only its SHA-256 is kept. Default: printed to standard error. */
  readonly onCreatedKey?: (key: string) => void;
  /** The OTEL_* variables that say where traces go. Default: those of the process. */
  readonly traceVariables?: Readonly<Record<string, string | undefined>>;
}

/** A server that runs. */
export interface RunningServer {
  /** Where it listens, in the order of the settings. */
  readonly addresses: readonly Address[];
  /** The ports alone. */
  readonly ports: readonly number[];
  /** Resolves when recovery is done and /ready says so; rejects when the directory cannot be opened. */
  readonly ready: Promise<void>;
  /** Reads the TLS files at once, as SIGHUP does; nothing without TLS. Files that cannot be used are logged, and the old stay. */
  reloadCertificates(): void;
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
  readonly keys: KeyStore;
  readonly authority: Authority;
  readonly onCreatedKey: (key: string) => void;
  readonly logs: LogHandle;
  readonly metrics: Metrics;
  readonly cache: AnswerCache<QueryAnswer> | undefined;
  readonly reporter: Reporter;
  readonly audit: Audit;
  /** Undefined without TLS. */
  readonly certificates: CertificateWatch | undefined;
  readonly traces: Traces;
  /** Why the store takes no more writes. */
  stopped: string | undefined;
  readonly traffic: Traffic;
  readonly ledger: Ledger;
  /** Undefined until recovery is done. */
  store: NamespacedVecStore | undefined;
  /** Undefined until the directory is this process's. */
  auditFile: AuditFile | undefined;
  /** Ends the keeping of counts. Undefined until recovery is done. */
  stopSaving: (() => Promise<void>) | undefined;
}

/** Listens first, so that probes see a server that starts, then opens the directory. */
export async function launchServer(options: ServerOptions): Promise<RunningServer> {
  const house = buildHouse(options);
  const { settings, lifecycle, logs, certificates } = house;
  const tls = certificates?.material;
  const listener = await listen({
    addresses: addressesOf(settings),
    ...buildHandlers(house, tls !== undefined && !settings.allowPlaintext),
    limits: settings,
    tls,
    onConnections: house.metrics.connections,
    onRefused: () => house.metrics.refusal("CONNECTIONS_LIMITED"),
  });
  certificates?.start(listener.useCertificates);
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
  const reloadCertificates = () => certificates?.reload();
  return { addresses, ports: addresses.map((at) => at.port), ready, reloadCertificates, close };
}

function buildHouse(options: ServerOptions): House {
  const { adminKey, logSink, onCreatedKey = printKey, traceVariables = process.env, ...given } = options;
  const asked: Settings = { ...defaultSettings(), ...given };
  // Its place is settled now: the working directory may change, or be deleted.
  const settings = { ...asked, data: resolve(asked.data) };
  const logs = createLog(settings.logLevel, logSink);
  const configured = configuredCredentials(adminKey, settings.authKeys, process.env);
  const keys = new KeyStore({ directory: settings.data, configured });
  // Before the server listens, so that no request comes in while it does not know that it has keys.
  keys.load();
  if (settings.insecure) logs.log.warn("authentication is off");
  const onIgnoredKey = () => logs.log.warn("a request carries an API key, but authentication is off: keys are ignored");
  const rates = RequestRates.of(settings, () => performance.now());
  const mode = () => authMode(authInputs({ settings, keys }));
  const authority = createAuthority({ mode, keyring: keys, corsOrigins: settings.corsOrigins, rates, onIgnoredKey });
  const house: Pick<House, "store" | "auditFile" | "stopped" | "stopSaving"> = {
    store: undefined,
    auditFile: undefined,
    stopped: undefined,
    stopSaving: undefined,
  };
  const cache = settings.cacheBytes > 0 ? new AnswerCache<QueryAnswer>(settings.cacheBytes) : undefined;
  const metrics = createMetrics({
    namespacesMax: settings.metricsNamespacesMax,
    numbersOf: (namespaces) => readNumbers(house.store, traffic, namespaces),
    cacheTotals: cache && (() => cache.total),
  });
  const auditFile = () => house.auditFile;
  const sinks = { log: logs.log, auditFile, count: metrics.usage.warning };
  const now = () => performance.now();
  const warnings = new QuotaWarnings(now, (warning) => tellQuotaWarning(sinks, warning));
  const traffic = new Traffic(now, (namespace, level) => warnings.note(namespace, level));
  const ledger = createUsageLedger({ directory: () => house.store, metrics, warnings });
  const audit = createAudit({
    file: auditFile,
    hasDataActions: settings.auditDataActions,
    namespaceDefault: NAMESPACE_DEFAULT,
    isName: (text) => NAME_PATTERN.test(text),
    log: logs.log,
  });
  const { slowQueryMs } = settings;
  const reporter = createReporter({ log: logs.log, metrics, slowQueryMs, onEnd: audit.end });
  const lifecycle = createLifecycle();
  const certificates = createCertificates(settings, logs, metrics);
  const traces = startTraces(traceVariables, VERSION, logs.log);
  const rest = {
    lifecycle,
    keys,
    authority,
    onCreatedKey,
    logs,
    metrics,
    cache,
    reporter,
    audit,
    certificates,
    traces,
  };
  return Object.assign(house, { settings, traffic, ledger, ...rest });
}

function authInputs({ settings, keys }: Pick<House, "settings" | "keys">) {
  const { isGuarded, hasAdmin } = keys;
  return { isInsecure: settings.insecure, isGuarded, hasAdmin, addresses: addressesOf(settings) };
}

function printKey(key: string): void {
  process.stderr.write(
    `vecstore: there is no admin key and the server listens beyond loopback, so one was made. It is shown once:\n\n    ${key}\n\n`,
  );
}

function buildHandlers(
  house: House,
  isTlsRequired: boolean,
): Pick<ListenerOptions, "handler" | "streamTaker" | "plainCalls" | "refuse" | "onWebSocket"> {
  const { settings, lifecycle, authority, metrics, reporter, audit } = house;
  const probe = createProbe({
    lifecycle,
    directory: () => house.store,
    dataDir: settings.data,
    stopped: () => house.stopped,
  });
  const isAuthenticating = () => authority.isOn;
  const methods = createServices({
    directory: () => directoryOf(house),
    keys: house.keys,
    isAuthenticating,
    traffic: house.traffic,
    cache: house.cache,
    slowQueryMs: settings.slowQueryMs,
    liveRecall: liveRecall(settings.recallShare, metrics),
    about: { version: VERSION, startedAtMs: Date.now() },
    lifecycle,
    probe,
  });
  const onion = {
    reporter,
    audit,
    idleTimeoutMs: settings.idleTimeoutMs,
    onQuotaRefusal: (namespace: string) => house.ledger.add(namespace, { refusals: 1 }),
  };
  const interceptors = createOnion(onion);
  const { maxMessageBytes, maxBatchRecords, bodyTimeoutMs, corsOrigins, idleTimeoutMs } = settings;
  const doors = { methods, interceptors, maxMessageBytes, bodyTimeoutMs };
  const connect = createRpcDoor({ ...doors, clampTimeouts, reporter });
  const around = createDirectOnion(onion);
  const lane = settings.fastLane ? new Lane({ methods, around, maxMessageBytes }) : undefined;
  const ops = { authority, metrics, probe };
  const shownCertificates = settings.tlsClientCa === undefined ? undefined : createSubjectOf();
  const { ledger } = house;
  const { tracing } = house.traces;
  const handler = createRoutes({
    ...ops,
    rpc: lane === undefined ? connect : createFastLane({ lane, bodyTimeoutMs, behind: connect }),
    rest: createRestDoor({ ...doors, maxBatchRecords, reporter }),
    corsOrigins,
    isTlsRequired,
    isDraining: () => lifecycle.phase === "draining",
    subjectOf: shownCertificates,
    ledger,
    log: house.logs.log,
    tracing,
  });
  const direct = lane && !shownCertificates && directDoors(house, { lane, behind: connect, isTlsRequired });
  const shared = { authority, methods, interceptors, reporter, lifecycle, corsOrigins, isTlsRequired, idleTimeoutMs };
  const webSockets = new WebSocketDoor({
    ...shared,
    ledger,
    tracing,
    socketsMax: settings.webSocketsMax,
  });
  return { handler, ...direct, refuse: createConnectionRefusal(ops), onWebSocket: webSockets.upgrade };
}

/** The lane on streams and sockets as they are. */
function directDoors(
  { settings, authority, traces, ledger, logs }: House,
  given: Pick<StreamDoorOptions, "lane" | "behind" | "isTlsRequired">,
): Pick<ListenerOptions, "streamTaker" | "plainCalls" | "frames"> {
  const { bodyTimeoutMs, corsOrigins } = settings;
  const headers: Record<string, string> = corsOrigins.length > 0 ? { vary: "Origin" } : {};
  const shared = { ...given, authority, tracing: traces.tracing, ledger, log: logs.log, headers };
  return {
    streamTaker: new StreamDoor({ ...shared, bodyTimeoutMs }),
    plainCalls: new SocketDoor({ ...shared, limits: settings }),
    frames: new FrameDoor({ ...shared, limits: settings }),
  };
}

function liveRecall(share: number, { recall }: Metrics): LiveRecall | undefined {
  return share === 0 ? undefined : new LiveRecall({ share, onMeasured: recall });
}

function directoryOf({ lifecycle, store }: House): NamespacedVecStore {
  if (lifecycle.phase === "draining") throw refusal("DRAINING", "the server is shutting down");
  if (store === undefined) throw refusal("STARTING", "the server is recovering its data");
  return store;
}

async function openStore(house: House): Promise<void> {
  const { settings, logs, metrics, lifecycle } = house;
  const store = await NamespacedVecStore.open(settings.data, {
    fsync: settings.fsync,
    ...(settings.threads === undefined ? {} : { threads: settings.threads }),
    checkpointLogBytes: settings.checkpointLogBytes,
    memoryForVectors: settings.memoryForVectors,
    memoryForNamespaces: settings.memoryForNamespaces,
    maxOpenFiles: settings.maxOpenFiles,
    maxBatchRecords: settings.maxBatchRecords,
    maxQueryLimit: settings.maxQueryLimit,
    onEvent: engineEvents(logs.log, metrics, (why) => {
      house.stopped ??= why;
    }),
  });
  try {
    house.auditFile = openAudit(settings);
    await openKeys(house);
  } catch (error) {
    await closeAudit(house);
    await store.close();
    throw error;
  }
  // Only now: a request that finds the store finds the keys as they are.
  house.store = store;
  house.stopSaving = every(
    settings.usageSaveIntervalMs,
    () => store.saveRequestCounts(),
    (error) => logs.log.warn({ error: String(error) }, "usage_not_saved"),
  );
  if (lifecycle.phase === "starting") lifecycle.enter("ready");
  logs.log.info({ data: settings.data }, "ready");
}

/** Under the directory's lock: what a command made until a moment ago is seen, and keys can be made. */
async function openKeys({ settings, keys, logs, auditFile, onCreatedKey }: House): Promise<void> {
  const damage = keys.load();
  if (damage.length > 0) logs.log.error({ file: keyFilePath(settings.data), damage }, "keys_damaged");
  if (!needsAdminKey(authInputs({ settings, keys }))) return;
  const spec = { name: "made at the first start", role: "admin", namespaces: [] } as const;
  const { record } = await keys.create(spec, onCreatedKey);
  auditFile?.append(lineOfKeyMade("server", record.id));
  await auditFile?.sync();
}

function openAudit({ data, auditFileBytes, auditFilesMax }: Settings): AuditFile {
  return new AuditFile({ directory: auditDirectory(data), fileBytesMax: auditFileBytes, filesMax: auditFilesMax });
}

async function closeAudit(house: House): Promise<void> {
  const { auditFile } = house;
  house.auditFile = undefined;
  await auditFile?.close();
}

async function closeHouse(house: House, listener: Listener, ready: Promise<void>): Promise<void> {
  const { lifecycle, logs, settings } = house;
  lifecycle.enter("draining");
  house.certificates?.stop();
  logs.log.info("draining");
  await listener.drain(settings.drainTimeoutMs);
  await ready.catch(() => {});
  await house.stopSaving?.();
  await house.store?.close();
  await closeAudit(house);
  await house.traces.close();
  logs.log.info("stopped");
  logs.flush();
}

function createCertificates(settings: Settings, { log }: LogHandle, metrics: Metrics): CertificateWatch | undefined {
  const { tlsCert: cert, tlsKey: key, tlsClientCa: clientCa, tlsReloadIntervalMs: intervalMs } = settings;
  if (cert === undefined || key === undefined) return undefined;
  return watchCertificates({ files: { cert, key, clientCa }, intervalMs, log, metrics });
}

/** Runs the `vecstore` command. @returns the exit status */
export function main(args: readonly string[]): Promise<number> {
  return runCommand(args, launchServer);
}
