import type { Address } from "../config/kinds.js";
import type { AuthMode } from "./authority.js";
import { createKey, digestOf } from "./keys.js";
import { isLoopbackHost } from "./loopback.js";

/** What decides whether a key is needed. */
export interface AuthInputs {
  readonly isInsecure: boolean;
  readonly adminKey: string | undefined;
  readonly addresses: readonly Address[];
}

/** The mode, and the key when one was made: print it once, keep it nowhere. */
export interface AuthSetup {
  readonly mode: AuthMode;
  readonly createdKey?: string;
}

/** Authentication is off on request, or without a key on loopback alone; beyond loopback a key is made. */
export function setUpAuth({ isInsecure, adminKey, addresses }: AuthInputs): AuthSetup {
  if (isInsecure) return { mode: { kind: "off" } };
  if (adminKey) return { mode: { kind: "on", adminDigest: digestOf(adminKey) } };
  if (addresses.every((at) => isLoopbackHost(at.host))) return { mode: { kind: "loopback" } };
  const createdKey = createKey();
  return { mode: { kind: "on", adminDigest: digestOf(createdKey) }, createdKey };
}
