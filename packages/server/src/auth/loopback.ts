import { isIPv4 } from "node:net";

/** True for addresses that only this machine reaches. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  if (bare === "localhost" || bare.endsWith(".localhost") || bare === "::1") return true;
  const v4 = bare.startsWith("::ffff:") ? bare.slice("::ffff:".length) : bare;
  return isIPv4(v4) && v4.startsWith("127.");
}

/** The last Host header that was looked at, and what it is: nearly all requests have the same. */
let last = { authority: "", isLocal: false };

/** True when a Host header, with or without a port, names this machine. */
export function isLocalAuthority(authority: string): boolean {
  if (authority !== last.authority) {
    const match = /^(\[[^\]]+\]|[^:]+)(?::\d+)?$/.exec(authority);
    last = { authority, isLocal: match !== null && isLoopbackHost(match[1] as string) };
  }
  return last.isLocal;
}

/** True when an Origin header names this machine. `null`, which sandboxed pages send, does not. */
export function isLocalOrigin(origin: string): boolean {
  const match = /^https?:\/\/(.+)$/.exec(origin);
  return match !== null && isLocalAuthority(match[1] as string);
}
