import type { Interceptor } from "@connectrpc/connect";
import { CALL, type Call } from "../call.js";
import { errorInfoOf, toConnectError } from "../errors.js";
import { around } from "./around.js";

/** Told the namespace of a call that one of its quotas refused. */
export type OnQuotaRefusal = (namespace: string) => void;

/** Tells of each call that a quota of its namespace refused. */
export function quota(onRefusal: OnQuotaRefusal): Interceptor {
  return (next) => (request) => {
    const call = request.contextValues.get(CALL);
    return around(next, request, {
      onError: (thrown) => {
        noteQuotaRefusal(onRefusal, call, thrown);
        return thrown;
      },
    });
  };
}

/** Tells of a failed call if a quota refused it: such errors name the quota among their facts. */
export function noteQuotaRefusal(onRefusal: OnQuotaRefusal, { facts: known }: Call, thrown: unknown): void {
  const { facts } = errorInfoOf(toConnectError(thrown));
  if (facts.quota !== undefined && known.namespace !== undefined) onRefusal(known.namespace);
}
