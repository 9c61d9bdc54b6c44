import type { Interceptor } from "@connectrpc/connect";
import type { Audit } from "../observability/audit.js";
import type { Reporter } from "../observability/report.js";
import { audit } from "./audit.js";
import { auth } from "./auth.js";
import { deadline } from "./deadline.js";
import { errors } from "./errors.js";
import { report } from "./report.js";

/** What the onion needs. */
export interface OnionOptions {
  readonly reporter: Reporter;
  readonly audit: Audit;
  readonly idleTimeoutMs: number;
}

/**
 * The onion around every handler, the outermost first:
 *
 *     report      metrics and access log of what leaves the server
 *     errors      whatever was thrown becomes an error of the table
 *     auth        refuses what the authority refused on the headers, and what the key may not
 *     audit       writes down what an admin begins
 *     deadline    ends the call in time
 *     the handler
 *
 * The request id is older than the onion: the door sets it, so that a request that does not parse has one too.
 */
export function createOnion({ reporter, audit: log, idleTimeoutMs }: OnionOptions): Interceptor[] {
  return [report(reporter), errors, auth, audit(log), deadline(idleTimeoutMs)];
}
