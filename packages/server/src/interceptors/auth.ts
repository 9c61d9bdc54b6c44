import type { DescMethod, Message } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { permit } from "../auth/permit.js";
import { refusalOf } from "../auth/refusal-of.js";
import { namespaceOfRequest, needOf, needOfRequest } from "../auth/rules.js";
import { CALL, type Call } from "../call.js";

/** Every handler is behind this, also those that read no body. */
export const auth: Interceptor = (next) => (request) => {
  authorize(request.contextValues.get(CALL), request.method, request.stream ? undefined : request.message);
  return next(request);
};

/**
 * Refuses what the authority refused at the door, and what the method and its message do not allow.
 *
 * @param message  undefined while it is a stream
 * @throws ConnectError
 */
export function authorize(call: Call, method: DescMethod, message: Message | undefined): void {
  const need = message === undefined ? needOf(method) : needOfRequest(method, message);
  const namespace = message === undefined ? undefined : namespaceOfRequest(method, message);
  call.decision = permit(call.decision, need, namespace);
  if (!call.decision.isAllowed) throw refusalOf(call.decision);
}
