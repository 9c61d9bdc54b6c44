import { askedTimeoutMs, TIMER_MS_MAX } from "../interceptors/timeout-header.js";
import type { Form } from "./form.js";
import type { HeaderView } from "./header-view.js";

const TIMEOUTS = ["connect-timeout-ms", "grpc-timeout"] as const;

/** The time that a caller gives, in milliseconds; undefined when it names none; `unusual` when it is for Connect to judge. */
export function timeoutOf(header: HeaderView, { headers }: Form): number | undefined | "unusual" {
  const named = TIMEOUTS.filter((name) => header.has(name));
  if (named.length === 0) return undefined;
  const timeoutMs = askedTimeoutMs(header as unknown as Headers);
  const isPlain = named.length === 1 && named[0] === headers.timeout && timeoutMs !== undefined;
  return isPlain && timeoutMs <= TIMER_MS_MAX ? timeoutMs : "unusual";
}
