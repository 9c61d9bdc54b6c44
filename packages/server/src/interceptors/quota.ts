import type { Interceptor } from "@connectrpc/connect";
import { CALL } from "../call.js";
import { errorInfoOf, toConnectError } from "../errors.js";
import { around } from "./around.js";

/** Tells of each call that a quota of its namespace refused: such errors name the quota among their facts. */
export function quota(onRefusal: (namespace: string) => void): Interceptor {
  return (next) => (request) => {
    const { facts: known } = request.contextValues.get(CALL);
    return around(next, request, {
      onError: (thrown) => {
        const { facts } = errorInfoOf(toConnectError(thrown));
        if (facts.quota !== undefined && known.namespace !== undefined) onRefusal(known.namespace);
        return thrown;
      },
    });
  };
}
