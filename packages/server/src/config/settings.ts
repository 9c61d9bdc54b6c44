import { configuredKeys } from "./configured-keys.js";
import { CONNECTION_SETTINGS } from "./connection-settings.js";
import * as kind from "./kinds.js";

/** One thing that can be set. Its flag and its environment variable follow from its key. */
export interface Setting<T> {
  /** Path in the YAML file. */
  readonly key: string;
  readonly kind: kind.Kind<T>;
  readonly default: T;
  /** One sentence, ended. */
  readonly doc: string;
  /** What the help shows after the flag. */
  readonly placeholder?: string;
}

/** Levels of the log, the lowest first. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

const setting = <T>(of: Setting<T>): Setting<T> => of;

/** Bytes of one request or response message. */
const MESSAGE_BYTES_DEFAULT = 32 * 1024 * 1024;

/** Every setting of `vecstore serve`. Flags, environment, file, help and documentation all come from this table. */
export const SETTINGS = {
  listen: setting({
    key: "listen",
    kind: kind.addresses(),
    default: [],
    placeholder: "ADDR",
    doc: "Address to listen on, every protocol on one port; may repeat. Default 127.0.0.1:8080 unless grpc or http is given.",
  }),
  grpc: setting({
    key: "grpc",
    kind: kind.address(),
    default: undefined,
    placeholder: "ADDR",
    doc: "One more address; it speaks every protocol too.",
  }),
  http: setting({
    key: "http",
    kind: kind.address(),
    default: undefined,
    placeholder: "ADDR",
    doc: "One more address; it speaks every protocol too.",
  }),
  data: setting({
    key: "data",
    kind: kind.text("a directory"),
    default: "./data",
    placeholder: "DIR",
    doc: "Directory of the data; made when it is missing. One process owns it.",
  }),
  tlsCert: setting({
    key: "tls.cert",
    kind: kind.optionalText("a PEM file"),
    default: undefined,
    placeholder: "FILE",
    doc: "Certificate chain in PEM. With it clear text is refused, /health and /ready apart.",
  }),
  tlsKey: setting({
    key: "tls.key",
    kind: kind.optionalText("a PEM file"),
    default: undefined,
    placeholder: "FILE",
    doc: "Private key of the certificate in PEM.",
  }),
  tlsClientCa: setting({
    key: "tls.client_ca",
    kind: kind.optionalText("a PEM file"),
    default: undefined,
    placeholder: "FILE",
    doc: "Authorities in PEM: clients must show a certificate that one of them signed.",
  }),
  allowPlaintext: setting({
    key: "allow_plaintext",
    kind: kind.toggle(),
    default: false,
    doc: "Serve clear text beside TLS.",
  }),
  insecure: setting({
    key: "insecure",
    kind: kind.toggle(),
    default: false,
    doc: "Turn authentication off, also beyond loopback.",
  }),
  adminKeyEnv: setting({
    key: "auth.admin_key_env",
    kind: kind.text("the name of an environment variable"),
    default: "VECSTORE_ADMIN_KEY",
    placeholder: "NAME",
    doc: "Environment variable that holds the admin key; a key itself never stands in a flag or a file.",
  }),
  authKeys: setting({
    key: "auth.keys",
    kind: configuredKeys(),
    default: [],
    placeholder: "JSON",
    doc: "Keys of the configuration, by their SHA-256 or by the environment variable that holds them.",
  }),
  fsync: setting({
    key: "fsync",
    kind: kind.fsync(),
    default: "always",
    placeholder: "POLICY",
    doc: "When an acknowledged write is on disk: always, never, or an interval that a crash may lose.",
  }),
  threads: setting({
    key: "threads",
    kind: kind.optionalInteger(0, 64),
    default: undefined,
    placeholder: "N",
    doc: "Threads beside the main one: they build indexes and share large scans and batches; 0 does all on the main thread. Default one less than the processor has, 1..8.",
  }),
  checkpointLogBytes: setting({
    key: "checkpoint_log_bytes",
    kind: kind.integer(1024 * 1024, 128 * 1024 * 1024),
    default: 32 * 1024 * 1024,
    placeholder: "BYTES",
    doc: "Bytes of log after which a checkpoint is made; a restart reads at most four times this.",
  }),
  memoryForVectors: setting({
    key: "memory_for_vectors",
    kind: kind.optionalInteger(0, Number.MAX_SAFE_INTEGER),
    default: undefined,
    placeholder: "BYTES",
    doc: "Bytes of memory for full-precision vectors; more are read from the files when needed, all with 0. Default half of the memory of the machine or container.",
  }),
  memoryForNamespaces: setting({
    key: "memory_for_namespaces",
    kind: kind.optionalInteger(0, Number.MAX_SAFE_INTEGER),
    default: undefined,
    placeholder: "BYTES",
    doc: "Bytes of memory that namespaces take together before those that were not used longest are let go, until they are used again. Default three quarters of the memory of the machine or container.",
  }),
  maxOpenFiles: setting({
    key: "max_open_files",
    kind: kind.integer(16, 1_000_000),
    default: 1_000,
    placeholder: "N",
    doc: "Most files of namespaces that are open at once; the log, sockets and libraries have theirs beside.",
  }),
  maxBatchRecords: setting({
    key: "max_batch_records",
    kind: kind.integer(1, 10_000),
    default: 1_000,
    placeholder: "N",
    doc: "Most records, updates, ids or queries of one request.",
  }),
  maxQueryLimit: setting({
    key: "max_query_limit",
    kind: kind.integer(1, 10_000),
    default: 1_000,
    placeholder: "N",
    doc: "Most results of one query.",
  }),
  maxMessageBytes: setting({
    key: "max_message_bytes",
    kind: kind.integer(64 * 1024, 1024 * 1024 * 1024),
    default: MESSAGE_BYTES_DEFAULT,
    placeholder: "BYTES",
    doc: "Most bytes of one request or response message.",
  }),
  cacheBytes: setting({
    key: "cache.bytes",
    kind: kind.integer(0, 1024 * 1024 * 1024),
    default: 64 * 1024 * 1024,
    placeholder: "BYTES",
    doc: "Bytes of memory for answers of queries that were asked before, of all namespaces together; 0 keeps none.",
  }),
  webSocketsMax: setting({
    key: "websockets_max",
    kind: kind.integer(0, 100_000),
    default: 1_000,
    placeholder: "N",
    doc: "Most WebSockets open at once, of all clients; 0 takes none.",
  }),
  maxConcurrentStreams: setting({
    key: "max_concurrent_streams",
    kind: kind.integer(1, 10_000),
    default: 256,
    placeholder: "N",
    doc: "Most calls at once on one HTTP/2 connection.",
  }),
  fastLane: setting({
    key: "fast_lane",
    kind: kind.toggle(),
    default: true,
    doc: "Answer plain calls of Query, BatchQuery, Upsert and Get by a shorter way than Connect's; the answers are the same.",
  }),
  ...CONNECTION_SETTINGS,
  firstByteTimeoutMs: setting({
    key: "first_byte_timeout",
    kind: kind.duration(100, 600_000),
    default: 10_000,
    placeholder: "TIME",
    doc: "A connection that sends nothing for this long is closed; also the time of a TLS handshake.",
  }),
  idleTimeoutMs: setting({
    key: "idle_timeout",
    kind: kind.duration(1_000, 86_400_000),
    default: 300_000,
    placeholder: "TIME",
    doc: "A stream, compaction or snapshot call that moves no data for this long ends.",
  }),
  drainTimeoutMs: setting({
    key: "drain_timeout",
    kind: kind.duration(0, 3_600_000),
    default: 10_000,
    placeholder: "TIME",
    doc: "How long a stop waits for requests that are running.",
  }),
  corsOrigins: setting({
    key: "cors.origins",
    kind: kind.origins(),
    default: [],
    placeholder: "ORIGIN",
    doc: "Origins of web pages that may call the server; may repeat, or *.",
  }),
  auditDataActions: setting({
    key: "audit.data_actions",
    kind: kind.toggle(),
    default: false,
    doc: "Write reads and writes of records to the audit log too, not only what admins and owners change.",
  }),
  auditFileBytes: setting({
    key: "audit.file_bytes",
    kind: kind.integer(64 * 1024, 1024 * 1024 * 1024),
    default: 64 * 1024 * 1024,
    placeholder: "BYTES",
    doc: "Bytes after which the audit log begins another file.",
  }),
  auditFilesMax: setting({
    key: "audit.files_max",
    kind: kind.integer(2, 10_000),
    default: 10,
    placeholder: "N",
    doc: "Files of the audit log that are kept; the oldest are removed.",
  }),
  usageSaveIntervalMs: setting({
    key: "usage.save_interval",
    kind: kind.duration(100, 600_000),
    default: 10_000,
    placeholder: "TIME",
    doc: "How often requests, queries, refusals and bytes of each namespace are kept: a crash loses those of the last interval.",
  }),
  logLevel: setting<LogLevel>({
    key: "log.level",
    kind: kind.choice(["trace", "debug", "info", "warn", "error", "fatal", "silent"]),
    default: "info",
    placeholder: "LEVEL",
    doc: "Lowest level that is logged.",
  }),
  slowQueryMs: setting({
    key: "log.slow_query",
    kind: kind.duration(1, 3_600_000),
    default: 1_000,
    placeholder: "TIME",
    doc: "Queries that take longer are logged at level warn.",
  }),
  metricsNamespacesMax: setting({
    key: "metrics.namespaces_max",
    kind: kind.integer(0, 10_000),
    default: 100,
    placeholder: "N",
    doc: "Namespaces that have metrics of their own; the rest count as _other.",
  }),
  recallShare: setting({
    key: "metrics.recall_share",
    kind: kind.share(),
    default: 0.001,
    placeholder: "SHARE",
    doc: "Share of the queries that are asked again exactly, to measure recall, and of the time that this may take; 0 turns it off.",
  }),
} as const;

/** Name of a setting in code. */
export type SettingName = keyof typeof SETTINGS;

/** The value of every setting. */
export type Settings = { readonly [Name in SettingName]: SettingValue<Name> };
type SettingValue<Name extends SettingName> = ReturnType<(typeof SETTINGS)[Name]["kind"]["parse"]>;

/** The settings as a list, in the order of the table. */
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** `tls.client_ca` becomes `--tls-client-ca`. */
export function flagOf(name: SettingName): string {
  return `--${SETTINGS[name].key.replaceAll(/[._]/g, "-")}`;
}

/** `tls.client_ca` becomes `VECSTORE_TLS_CLIENT_CA`. */
export function envOf(name: SettingName): string {
  return `VECSTORE_${SETTINGS[name].key.replaceAll(".", "_").toUpperCase()}`;
}

/** Looks up a setting without its type: the loader treats all alike. */
export function settingOf(name: SettingName): Setting<unknown> {
  return SETTINGS[name] as Setting<unknown>;
}
