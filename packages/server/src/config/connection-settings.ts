import * as kind from "./kinds.js";
import type { Setting } from "./settings.js";

const setting = <T>(of: Setting<T>): Setting<T> => of;

/** The settings of connections, and of how much may come by them. */
export const CONNECTION_SETTINGS = {
  tlsReloadIntervalMs: setting({
    key: "tls.reload_interval",
    kind: kind.duration(100, 3_600_000),
    default: 10_000,
    placeholder: "TIME",
    doc: "How often the TLS files are looked at; new ones are in use after two looks, or at once on SIGHUP.",
  }),
  maxConnections: setting({
    key: "max_connections",
    kind: kind.integer(1, 1_000_000),
    default: 10_000,
    placeholder: "N",
    doc: "Most connections of all clients together.",
  }),
  maxConnectionsPerAddress: setting({
    key: "max_connections_per_address",
    kind: kind.optionalInteger(1, 1_000_000),
    default: undefined,
    placeholder: "N",
    doc: "Most connections of one address. Default any number.",
  }),
  maxRequestsPerSecond: setting({
    key: "max_requests_per_second",
    kind: kind.optionalInteger(1, 10_000_000),
    default: undefined,
    placeholder: "N",
    doc: "Most requests a second of all clients together, probes and refused keys apart. Default any number.",
  }),
  maxClientRequestsPerSecond: setting({
    key: "max_client_requests_per_second",
    kind: kind.optionalInteger(1, 10_000_000),
    default: undefined,
    placeholder: "N",
    doc: "Most requests a second of one client: of one key, or without a key of one address. Default any number.",
  }),
  maxHeaderBytes: setting({
    key: "max_header_bytes",
    kind: kind.integer(4_096, 1024 * 1024),
    default: 32 * 1024,
    placeholder: "BYTES",
    doc: "Most bytes of the headers of one request, names and values.",
  }),
  maxHeaders: setting({
    key: "max_headers",
    kind: kind.integer(16, 1_000),
    default: 128,
    placeholder: "N",
    doc: "Most headers of one request.",
  }),
  headerTimeoutMs: setting({
    key: "header_timeout",
    kind: kind.duration(100, 600_000),
    default: 30_000,
    placeholder: "TIME",
    doc: "How long the headers of a request over HTTP/1.1 may take, from their first byte to their last.",
  }),
  bodyTimeoutMs: setting({
    key: "body_timeout",
    kind: kind.duration(100, 3_600_000),
    default: 300_000,
    placeholder: "TIME",
    doc: "How long the body of a request may take that is one message; imports end when nothing moves for idle_timeout.",
  }),
} as const;
