import type { TLSSocket } from "node:tls";
import type { NodeRequest } from "../node-http.js";

/** A subject may be long, and stands in many lines. */
const SUBJECT_CHARS_MAX = 256;

/**
 * The subject of the certificate that the client of a request has shown, its parts joined by commas, at most 256 characters.
 * Undefined where it has shown none, as in clear text.
 */
export type SubjectOf = (request: NodeRequest) => string | undefined;

/** Reads subjects, each connection's once. Only for servers that ask for certificates: it costs a look for each request. */
export function createSubjectOf(): SubjectOf {
  const known = new WeakMap<object, string>();
  return (request) => {
    const connection = "stream" in request ? request.stream?.session : request.socket;
    if (connection === undefined) return undefined;
    const found = known.get(connection) ?? readSubject(request);
    known.set(connection, found);
    return found === "" ? undefined : found;
  };
}

/** Empty where there is none. */
function readSubject(request: NodeRequest): string {
  const socket = request.socket as Partial<TLSSocket>;
  const subject = socket.getPeerX509Certificate?.()?.subject ?? "";
  return subject.replaceAll("\n", ", ").slice(0, SUBJECT_CHARS_MAX);
}
