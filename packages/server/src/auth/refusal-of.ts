import type { ConnectError } from "@connectrpc/connect";
import { refusal } from "../errors.js";
import type { Refused } from "./permit.js";

/** The error that a refused caller gets, ready for every door. */
export function refusalOf({ reason, message, facts }: Refused): ConnectError {
  return refusal(reason, message, facts);
}
