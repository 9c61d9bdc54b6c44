import type { Interceptor } from "@connectrpc/connect";
import { CALL } from "../call.js";
import { refusal } from "../errors.js";

/** Refuses what the authority refused at the door. Every handler is behind this, also those that read no body. */
export const auth: Interceptor = (next) => (request) => {
  const { decision } = request.contextValues.get(CALL);
  if (!decision.isAllowed) throw refusal(decision.reason, decision.message);
  return next(request);
};
