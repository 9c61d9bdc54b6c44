import type { Interceptor } from "@connectrpc/connect";
import { CALL } from "../call.js";
import type { Audit } from "../observability/audit.js";

/** Writes down that an admin's action begins. How it ends is told by the report, which sees all that leaves the server. */
export function audit(log: Audit): Interceptor {
  return (next) => (request) => {
    const message = request.stream ? undefined : request.message;
    const begun = log.begin(request.contextValues.get(CALL), request.method, message);
    return begun === undefined ? next(request) : begun.then(() => next(request));
  };
}
