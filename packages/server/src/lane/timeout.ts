import { askedTimeoutMs, TIMER_MS_MAX } from "../interceptors/timeout-header.js";
import type { Form } from "./form.js";
import type { HeaderView } from "./header-view.js";

const CONNECT = "connect-timeout-ms";
const GRPC = "grpc-timeout";

/** The time that a caller gives, in milliseconds; undefined when it names none; `unusual` when it is for Connect to judge. */
export function timeoutOf(header: HeaderView, { headers: { timeout } }: Form): number | undefined | "unusual" {
  const isNamed = header.has(timeout);
  if (header.has(timeout === CONNECT ? GRPC : CONNECT)) return "unusual";
  if (!isNamed) return undefined;
  const timeoutMs = askedTimeoutMs(header as unknown as Headers);
  return timeoutMs !== undefined && timeoutMs <= TIMER_MS_MAX ? timeoutMs : "unusual";
}
