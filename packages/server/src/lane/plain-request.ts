import { PLAIN_BODY_BYTES_MAX } from "./plain-call.js";

/** What stands before a body, over HTTP/1.1. */
export interface PlainHead {
  readonly path: string;
  /** By names in lower case; each stood once. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A request that is here whole. */
export interface PlainRequest extends PlainHead {
  readonly body: Buffer;
}

/** What the first bytes of a connection, or those behind a request, are. */
export type Parsed =
  /** All of it, and nothing behind it. */
  | PlainRequest
  /** A plain request whose end is still to come: the end of its body, or of its head. */
  | PlainHead
  | "more"
  /** Anything else, right or wrong: for Node to judge. */
  | "other";

/** Limits of a head. */
export interface HeadLimits {
  readonly maxHeaderBytes: number;
  readonly maxHeaders: number;
}

const HEAD_END = Buffer.from("\r\n\r\n");
const METHOD = "POST ";
const VERSION = " HTTP/1.1";
/** Of ASCII alone; a name of RFC 9110's token characters, and a value without control characters. */
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e]*)$/;
const PATH = /^\/[\w./-]+$/;
const LENGTH = /^\d{1,8}$/;
/** Headers that change how a request is to be read or answered. */
const UNUSUAL: ReadonlySet<string> = new Set([
  "expect",
  "http2-settings",
  "origin",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
interface Head extends PlainHead {
  readonly bytes: Buffer;
  readonly bodyBytes: number;
}

/** True of a request that is here whole. */
export const isWhole = (parsed: Parsed): parsed is PlainRequest => typeof parsed === "object" && "body" in parsed;

/**
 * Reads requests of one connection that have the plainest form there is: POST, a body with its length, no header twice, none that
 * changes how the rest is to be read. It reads less than HTTP/1.1 allows, and never more: what it takes, every other reader takes for the same.
 */
export class PlainReader {
  readonly #limits: HeadLimits;
  /** Clients send the same head again and again. */
  #last: Head | undefined;

  constructor(limits: HeadLimits) {
    this.#limits = limits;
  }

  /** @param bytes  all that came since the last request; what is answered has windows of them */
  read(bytes: Buffer): Parsed {
    const head = this.#sameHead(bytes) ?? this.#newHead(bytes);
    if (typeof head === "string") return head;
    const start = head.bytes.length;
    const end = start + head.bodyBytes;
    if (bytes.length < end) return { path: head.path, headers: head.headers };
    if (bytes.length > end) return "other";
    return { path: head.path, headers: head.headers, body: bytes.subarray(start, end) };
  }

  #sameHead(bytes: Buffer): Head | undefined {
    const last = this.#last;
    if (last === undefined || bytes.length < last.bytes.length) return undefined;
    return bytes.compare(last.bytes, 0, last.bytes.length, 0, last.bytes.length) === 0 ? last : undefined;
  }

  #newHead(bytes: Buffer): Head | "more" | "other" {
    const { maxHeaderBytes, maxHeaders } = this.#limits;
    const at = bytes.indexOf(HEAD_END);
    if (at > maxHeaderBytes || bytes.toString("latin1", 0, METHOD.length) !== METHOD) return "other";
    if (at < 0) return bytes.length > maxHeaderBytes ? "other" : "more";
    const [line = "", ...lines] = bytes.toString("latin1", 0, at).split("\r\n");
    const path = line.slice(METHOD.length, -VERSION.length);
    if (!line.endsWith(VERSION) || !PATH.test(path) || lines.length > maxHeaders) return "other";
    const headers = readHeaders(lines);
    const bodyBytes = headers === undefined ? Number.NaN : lengthIn(headers);
    if (headers === undefined || !(bodyBytes <= PLAIN_BODY_BYTES_MAX)) return "other";
    // A copy: the bytes are a window of a buffer that others have a part in.
    this.#last = { bytes: Buffer.from(bytes.subarray(0, at + HEAD_END.length)), path, headers, bodyBytes };
    return this.#last;
  }
}

function readHeaders(lines: readonly string[]): Record<string, string> | undefined {
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const [, name, value] = HEADER.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const known = name.toLowerCase();
    if (known in headers || UNUSUAL.has(known)) return undefined;
    headers[known] = value.trimEnd();
  }
  const { connection = "keep-alive", host } = headers;
  return host !== undefined && connection.toLowerCase() === "keep-alive" ? headers : undefined;
}

/** NaN without one. */
function lengthIn({ "content-length": length = "" }: Readonly<Record<string, string>>): number {
  return LENGTH.test(length) ? Number(length) : Number.NaN;
}
