import { type Clock, SYSTEM_CLOCK } from "./clock.js";
import { invalidArgument } from "./errors.js";
import { type RetryOptions, type RetryPolicy, retryPolicy } from "./retry.js";
import { VERSION } from "./version.js";

/** How requests travel. `grpc` needs HTTP/2 and therefore Node. */
export type Protocol = "connect" | "grpc" | "grpc-web";

/** Options of a client in a browser. */
export interface BrowserClientOptions {
  /** Sent as X-API-Key. */
  readonly apiKey?: string;
  /** Default: the namespace that the key is bound to, else `default`. */
  readonly namespace?: string;
  /** Milliseconds for a whole call, retries included; `Infinity` is no deadline. Default 30,000. */
  readonly timeoutMs?: number;
  /** `false` turns retries off. */
  readonly retries?: RetryOptions | false;
  /** Default `connect`. */
  readonly protocol?: "connect" | "grpc-web";
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Used instead of the global fetch. */
  readonly fetch?: typeof globalThis.fetch;
  /** Where time comes from, for tests. */
  readonly clock?: Clock;
  /** Uniform in 0..1, for tests: spreads the waits between attempts. Default Math.random. */
  readonly random?: () => number;
}

/** Certificates in PEM. */
export interface TlsOptions {
  /** Authorities to trust instead of the well-known ones. */
  readonly ca?: string | Uint8Array;
  /** The client's certificate, where the server asks for one. */
  readonly cert?: string | Uint8Array;
  /** The key of `cert`. */
  readonly key?: string | Uint8Array;
  /** Accept any certificate: anyone in between can then read and change everything. Default false. */
  readonly insecure?: boolean;
}

/** Options of a client in Node. */
export interface ClientOptions extends Omit<BrowserClientOptions, "protocol"> {
  /** Default `connect`. */
  readonly protocol?: Protocol;
  /** Needs an https:// address. Not together with `fetch`. */
  readonly tls?: TlsOptions;
  /** Default `vecstore-client-js/` and its version. */
  readonly userAgent?: string;
}

/** Options with every default in place. */
export interface Settings {
  /** Without a slash at its end. */
  readonly url: string;
  /** Empty: the server chooses. */
  readonly namespace: string;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly headers: Headers;
}

/** The longest wait of a timer in JavaScript; a longer one would fire at once. */
const TIMEOUT_MS_MAX = 2_147_483_647;

/** Milliseconds of a call when nobody says otherwise; the server's own default. */
const TIMEOUT_MS_ABSENT = 30_000;

/** How Node's clients name themselves. */
export const USER_AGENT = `vecstore-client-js/${VERSION}`;

/**
 * Puts the defaults in place.
 *
 * @throws VecStoreError INVALID_ARGUMENT when an option is out of range
 */
export function toSettings(address: string, options: BrowserClientOptions): Settings {
  const headers = new Headers(options.headers);
  if (options.apiKey !== undefined) headers.set("x-api-key", options.apiKey);
  return {
    url: parseAddress(address),
    namespace: options.namespace ?? "",
    timeoutMs: checkTimeout(options.timeoutMs ?? TIMEOUT_MS_ABSENT),
    retry: retryPolicy(options.retries, options.clock ?? SYSTEM_CLOCK, options.random ?? Math.random),
    headers,
  };
}

/**
 * Reads an address: `host:port` and `http://` mean clear text, `https://` TLS. A path is kept, for servers behind one.
 *
 * @returns the URL without a slash at its end
 * @throws  VecStoreError INVALID_ARGUMENT
 */
export function parseAddress(address: string): string {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "" || url.username !== "")
    throw invalidArgument(`the address is ${JSON.stringify(address)}; use host:port, http://host:port or https://host`);
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

/**
 * Checks a timeout.
 *
 * @returns the same
 * @throws  VecStoreError INVALID_ARGUMENT when it is neither 1..2^31 - 1 nor Infinity
 */
export function checkTimeout(timeoutMs: number): number {
  // By type too: a string would be appended to the time of day.
  const isNumber = typeof timeoutMs === "number" && timeoutMs > 0;
  if (isNumber && (timeoutMs <= TIMEOUT_MS_MAX || timeoutMs === Number.POSITIVE_INFINITY)) return timeoutMs;
  throw invalidArgument(`timeoutMs is ${timeoutMs}; it must be above 0 and at most 2,147,483,647, or Infinity`);
}
