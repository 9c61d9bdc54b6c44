import type { HandlerContext } from "@connectrpc/connect";
import { CALL } from "../call.js";
import type { Ending } from "./convert/query.js";

/** What ends the work of a call: the caller who goes away, a key that ends, and the deadline. */
export function endingOf(context: HandlerContext): Ending {
  return { signal: context.signal, deadlineMs: context.values.get(CALL).deadlineMs };
}
