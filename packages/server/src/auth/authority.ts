import { type HeaderLookup, keyFrom, matches } from "./keys.js";
import { isLocalAuthority, isLocalOrigin } from "./loopback.js";

/** `open`: anyone, such as probes. `keyed`: whoever has a key, where keys are needed. */
export type Access = "open" | "keyed";

/** Who calls. `userId` is the key's id and goes to the log, never a caller's header. */
export interface Allowed {
  readonly isAllowed: true;
  readonly userId: string;
}

/** Why a call is refused, as a reason of the schema. */
export interface Refused {
  readonly isAllowed: false;
  readonly reason: "API_KEY_MISSING" | "API_KEY_UNKNOWN" | "ORIGIN_NOT_ALLOWED";
  readonly message: string;
}

/** The outcome of `Authority.decide`. */
export type Decision = Allowed | Refused;

/** How authentication stands. */
export type AuthMode =
  /** A key is needed. */
  | { readonly kind: "on"; readonly adminDigest: Buffer }
  /** No admin key, and loopback only: web pages of other origins are refused. */
  | { readonly kind: "loopback" }
  /** `--insecure`. */
  | { readonly kind: "off" };

/** What an authority needs. */
export interface AuthorityOptions {
  readonly mode: AuthMode;
  /** Origins that CORS allows; `*` allows all. */
  readonly corsOrigins: readonly string[];
  /** Called once, when a key comes although none is needed. */
  readonly onIgnoredKey: () => void;
}

/** Decides for every door. */
export interface Authority {
  readonly mode: AuthMode;
  decide(header: HeaderLookup, access: Access): Decision;
}

const ANONYMOUS: Allowed = { isAllowed: true, userId: "anonymous" };
const ADMIN: Allowed = { isAllowed: true, userId: "admin" };

/** The one place that says yes or no. */
export function createAuthority(options: AuthorityOptions): Authority {
  const { mode } = options;
  let hasIgnoredKey = false;
  const ignoreKey = (header: HeaderLookup) => {
    if (hasIgnoredKey || keyFrom(header) === undefined) return;
    hasIgnoredKey = true;
    options.onIgnoredKey();
  };
  const decide = (header: HeaderLookup, access: Access): Decision => {
    if (access === "open") return ANONYMOUS;
    if (mode.kind === "on") return decideByKey(header, mode.adminDigest);
    ignoreKey(header);
    return mode.kind === "loopback" ? decideByOrigin(header, options.corsOrigins) : ANONYMOUS;
  };
  return { mode, decide };
}

function decideByKey(header: HeaderLookup, adminDigest: Buffer): Decision {
  const key = keyFrom(header);
  if (key === undefined) {
    const message = "an API key is needed: send the header X-API-Key, or Authorization: Bearer";
    return { isAllowed: false, reason: "API_KEY_MISSING", message };
  }
  if (matches(key, adminDigest)) return ADMIN;
  return { isAllowed: false, reason: "API_KEY_UNKNOWN", message: "the API key is unknown" };
}

/** A page of another origin must not reach an open server through its visitor's browser, by DNS rebinding or plainly. */
function decideByOrigin(header: HeaderLookup, corsOrigins: readonly string[]): Decision {
  const host = header("host");
  if (host !== undefined && !isLocalAuthority(host)) return foreign("Host", host);
  const origin = header("origin");
  const isKnown = origin === undefined || corsOrigins.includes("*") || corsOrigins.includes(origin);
  return isKnown || isLocalOrigin(origin) ? ANONYMOUS : foreign("Origin", origin);
}

function foreign(name: string, value: string): Refused {
  const message = `${name} ${JSON.stringify(value)} is not allowed while the server runs without authentication; set an admin key, or allow the origin by cors.origins`;
  return { isAllowed: false, reason: "ORIGIN_NOT_ALLOWED", message };
}
