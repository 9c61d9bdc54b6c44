import type { HeadLimits } from "../plain-request.js";
import { ENTRY_BYTES, type HeaderList } from "./header-list.js";

/** The headers of a plain call over HTTP/2. */
export interface PlainHead {
  readonly path: string;
  /** By their names, those of HTTP/2 itself among them; each stood once. */
  readonly headers: Readonly<Record<string, string>>;
}

const PATH = /^\/[\w./-]+$/;
const AUTHORITY = /^[\w.:[\]-]+$/;
/** As RFC 9113 has them, section 8.2.1, and of ASCII alone. */
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const VALUE = /^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/;
/** Of a request, each once: section 8.3.1. */
const PSEUDO: ReadonlySet<string> = new Set([":method", ":scheme", ":path", ":authority"]);
/** Headers that change how a request is to be read or answered, and those that no request may have. */
const UNUSUAL: ReadonlySet<string> = new Set([
  "connection",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "origin",
  "proxy-connection",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Reads the plainest form that a request of HTTP/2 has; undefined for any other, right or wrong, which is for Node to judge. It reads
 * less than HTTP/2 allows, and never more.
 */
export function plainHeadOf(list: HeaderList, { maxHeaders, maxHeaderBytes }: HeadLimits): PlainHead | undefined {
  const headers: Record<string, string> = Object.create(null);
  let bytes = 0;
  let isPseudo = true;
  if (list.length / 2 > maxHeaders) return undefined;
  for (let at = 0; at < list.length; at += 2) {
    const name = list[at]!;
    const value = list[at + 1]!;
    bytes += name.length + value.length + ENTRY_BYTES;
    isPseudo &&= name.startsWith(":");
    const isKnown = isPseudo ? PSEUDO.has(name) : NAME.test(name) && !UNUSUAL.has(name);
    if (!isKnown || name in headers || !VALUE.test(value)) return undefined;
    headers[name] = value;
  }
  const {
    ":path": path = "",
    ":method": method,
    ":scheme": scheme,
    ":authority": authority = "",
    te = "trailers",
  } = headers;
  const isRequest = method === "POST" && scheme === "http" && PATH.test(path) && AUTHORITY.test(authority);
  const isPlain = isRequest && te === "trailers";
  return isPlain && bytes <= maxHeaderBytes ? { path, headers } : undefined;
}
