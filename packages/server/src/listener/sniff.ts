/** What a client speaks, by its first bytes; `undecided` wants more of them. */
export type Sniffed = "tls" | "http2" | "http1" | "undecided";

/** RFC 9113, section 3.4. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");
/** Content type 22 of a TLS record: a handshake. */
const TLS_HANDSHAKE = 0x16;

/** Reads the first bytes. `PRI` and `PROPFIND` differ at the third, so one byte is not enough. */
export function sniff(bytes: Buffer): Sniffed {
  if (bytes.length === 0) return "undecided";
  if (bytes[0] === TLS_HANDSHAKE) return "tls";
  const shared = Math.min(bytes.length, PREFACE.length);
  if (!bytes.subarray(0, shared).equals(PREFACE.subarray(0, shared))) return "http1";
  return shared === PREFACE.length ? "http2" : "undecided";
}
