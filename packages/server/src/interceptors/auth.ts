import type { Interceptor } from "@connectrpc/connect";
import { permit } from "../auth/permit.js";
import { refusalOf } from "../auth/refusal-of.js";
import { namespaceOfRequest, needOf, needOfRequest } from "../auth/rules.js";
import { CALL } from "../call.js";

/**
 * Refuses what the authority refused at the door, and what the method and its message do not allow. Every handler is behind
 * this, also those that read no body.
 */
export const auth: Interceptor = (next) => (request) => {
  const call = request.contextValues.get(CALL);
  const { method } = request;
  const need = request.stream ? needOf(method) : needOfRequest(method, request.message);
  const namespace = request.stream ? undefined : namespaceOfRequest(method, request.message);
  call.decision = permit(call.decision, need, namespace);
  if (!call.decision.isAllowed) throw refusalOf(call.decision);
  return next(request);
};
