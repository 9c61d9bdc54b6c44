import type { Interceptor } from "@connectrpc/connect";
import type { Audit } from "../observability/audit.js";
import type { Reporter } from "../observability/report.js";
import { audit } from "./audit.js";
import { auth } from "./auth.js";
import { deadline } from "./deadline.js";
import { errors } from "./errors.js";
import { quota } from "./quota.js";
import { report } from "./report.js";

/** What the onion needs. */
export interface OnionOptions {
  readonly reporter: Reporter;
  readonly audit: Audit;
  readonly idleTimeoutMs: number;
  /** Told the namespace of each call that one of its quotas refused. */
  readonly onQuotaRefusal: (namespace: string) => void;
}

/**
 * The onion around every handler, the outermost first:
 *
 *     report      metrics and access log of what leaves the server
 *     quota       counts what a quota of the namespace refused
 *     errors      whatever was thrown becomes an error of the table
 *     auth        refuses what the authority refused on the headers, and what the key may not
 *     audit       writes down what an admin begins
 *     deadline    ends the call in time
 *     the handler
 *
 * The request id is older than the onion: the door sets it, so that a request that does not parse has one too.
 */
export function createOnion({ reporter, audit: log, idleTimeoutMs, onQuotaRefusal }: OnionOptions): Interceptor[] {
  return [report(reporter), quota(onQuotaRefusal), errors, auth, audit(log), deadline(idleTimeoutMs)];
}
