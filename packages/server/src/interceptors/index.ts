import type { Message } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { toConnectError } from "../errors.js";
import type { Audit } from "../observability/audit.js";
import type { Reporter } from "../observability/report.js";
import { audit } from "./audit.js";
import { auth, authorize } from "./auth.js";
import { type Bounded, deadline, runWithin } from "./deadline.js";
import { errors } from "./errors.js";
import { noteQuotaRefusal, quota } from "./quota.js";
import { report, reportDone, reportFailure } from "./report.js";

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

/** A short unary call of data whose message is here. */
export interface Visit extends Bounded {
  readonly message: Message;
}

/** Puts the onion around what answers a call. @throws ConnectError, at once or by the promise */
export type Around = <T>(visit: Visit, run: () => T | Promise<T>) => T | Promise<T>;

/**
 * The same layers in the same order around calls that may be answered at once: a chain of promises costs more than all that the layers do.
 * It has no place for the audit log, which only an admin's action waits for.
 */
export function createDirectOnion({
  reporter,
  onQuotaRefusal,
}: Pick<OnionOptions, "reporter" | "onQuotaRefusal">): Around {
  return (visit, run) => {
    const { call, method, message } = visit;
    const startedAt = performance.now();
    call.isReported = true;
    const fail = (thrown: unknown) => {
      const error = toConnectError(thrown);
      noteQuotaRefusal(onQuotaRefusal, call, error);
      return reportFailure(reporter, { call, method: method.name, startedAt }, error);
    };
    const done = <T>(result: T) => {
      reportDone(reporter, call, method.name, startedAt);
      return result;
    };
    try {
      authorize(call, method, message);
      const result = runWithin(visit, run);
      if (!(result instanceof Promise)) return done(result);
      return result.then(done, (thrown) => {
        throw fail(thrown);
      });
    } catch (thrown) {
      throw fail(thrown);
    }
  };
}
