import { addressGroup } from "../listener/address-group.js";
import type { Keyring } from "./keyring.js";
import { type HeaderLookup, keyFrom } from "./keys.js";
import { isLocalAuthority, isLocalOrigin } from "./loopback.js";
import { type Allowed, type Decision, KEY_MISSING, KEY_UNKNOWN, permit, type Refused, refused } from "./permit.js";
import type { Need } from "./roles.js";

/**
 * How authentication stands. `on`: a key is needed. `loopback`: there is none, and the server listens on loopback only: web
 * pages of other origins are refused. `off`: `--insecure`.
 */
export type AuthMode = "on" | "loopback" | "off";

/** What an authority needs. */
export interface AuthorityOptions {
  /** Asked for each request: keys may come while the server starts. */
  readonly mode: () => AuthMode;
  readonly keyring: Keyring;
  /** Origins that CORS allows; `*` allows all. */
  readonly corsOrigins: readonly string[];
  /** Bounds how often clients come. Undefined: they come as often as they like. */
  readonly rates: Rates | undefined;
  /** Called once, when a key comes although none is needed. */
  readonly onIgnoredKey: () => void;
}

/** Which of the rates of the server is exceeded, and for how long. */
export interface RateExceeded {
  readonly setting: string;
  readonly limit: number;
  readonly waitMs: number;
}

/** How often clients may come. Each call takes a request on, or says why not. */
export interface Rates {
  takeClient(client: string): RateExceeded | undefined;
  takeShared(): RateExceeded | undefined;
}

/** Decides for every door. */
export interface Authority {
  /** True while keys are needed. */
  readonly isOn: boolean;
  /**
   * Whether a request may go on, by its headers alone. What it needs in a namespace is decided when that is known, by `permit`.
   * Once for each request: it counts.
   *
   * @param address  that the connection comes from
   */
  decide(header: HeaderLookup, need: Need, address: string | undefined): Decision;
}

/** Who came by an open door. */
const STRANGER: Allowed = { isAllowed: true, userId: "anonymous", role: undefined };
/** Everybody, while no key is needed. */
const ANYBODY: Allowed = { isAllowed: true, userId: "anonymous", role: "admin" };

/** Says who calls, and asks `permit` what they may do. */
export function createAuthority(options: AuthorityOptions): Authority {
  let hasIgnoredKey = false;
  const ignoreKey = (header: HeaderLookup) => {
    if (hasIgnoredKey || keyFrom(header) === undefined) return;
    hasIgnoredKey = true;
    options.onIgnoredKey();
  };
  const identify = (header: HeaderLookup): Decision => {
    const mode = options.mode();
    if (mode === "on") return identifyByKey(header, options.keyring);
    ignoreKey(header);
    return mode === "loopback" ? identifyByOrigin(header, options.corsOrigins) : ANYBODY;
  };
  return {
    get isOn() {
      return options.mode() === "on";
    },
    // Probes are not counted: an orchestrator that gets no answer would end a server that is only busy.
    decide: (header, need, address) =>
      need === "open" ? STRANGER : limited(permit(identify(header), need), address, options.rates),
  };
}

/**
 * A client is its key, as long as that works, or else its address. Who may not come anyway takes nothing from what all share, or
 * anybody could shut everybody out; the own share is taken all the same, so that keys are not tried by the thousand.
 */
function limited(decision: Decision, address: string | undefined, rates: Rates | undefined): Decision {
  if (rates === undefined) return decision;
  const { userId } = decision;
  const isKeyKnown = decision.isAllowed ? decision.credential !== undefined : userId !== undefined;
  const client = isKeyKnown ? `key ${userId}` : `address ${addressGroup(address)}`;
  const exceeded = rates.takeClient(client) ?? (decision.isAllowed ? rates.takeShared() : undefined);
  return exceeded === undefined ? decision : { ...rateLimited(exceeded), ...(isKeyKnown && { userId }) };
}

function rateLimited({ setting, limit, waitMs }: RateExceeded): Refused {
  const retryAfterMs = String(Math.ceil(waitMs));
  const message = `the server takes on ${limit} requests a second (${setting}); retry after ${retryAfterMs} ms`;
  return {
    ...refused("RATE_LIMITED", message),
    facts: { setting, limit: String(limit), retry_after_ms: retryAfterMs },
  };
}

function identifyByKey(header: HeaderLookup, keyring: Keyring): Decision {
  const key = keyFrom(header);
  if (key === undefined) return refused("API_KEY_MISSING", KEY_MISSING);
  const credential = keyring.find(key);
  if (credential === undefined) return refused("API_KEY_UNKNOWN", KEY_UNKNOWN);
  return { isAllowed: true, userId: credential.id, role: credential.role, credential };
}

/** A page of another origin must not reach an open server through its visitor's browser, by DNS rebinding or plainly. */
function identifyByOrigin(header: HeaderLookup, corsOrigins: readonly string[]): Decision {
  const host = header("host");
  if (host !== undefined && !isLocalAuthority(host)) return foreign("Host", host);
  const origin = header("origin");
  const isKnown = origin === undefined || corsOrigins.includes("*") || corsOrigins.includes(origin);
  return isKnown || isLocalOrigin(origin) ? ANYBODY : foreign("Origin", origin);
}

function foreign(name: string, value: string): Refused {
  const message = `${name} ${JSON.stringify(value)} is not allowed while the server runs without authentication; set an admin key, or allow the origin by cors.origins`;
  return refused("ORIGIN_NOT_ALLOWED", message);
}
