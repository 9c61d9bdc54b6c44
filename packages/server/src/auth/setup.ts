import type { Address } from "../config/kinds.js";
import type { AuthMode } from "./authority.js";
import { isLoopbackHost } from "./loopback.js";

/** What decides whether a key is needed. */
export interface AuthInputs {
  readonly isInsecure: boolean;
  /** Whether there are keys, of the configuration or made here; one that ended or was damaged counts too. */
  readonly isGuarded: boolean;
  readonly addresses: readonly Address[];
}

/** Authentication is off on request, or without a key on loopback alone. */
export function authMode({ isInsecure, isGuarded, addresses }: AuthInputs): AuthMode {
  if (isInsecure) return "off";
  return !isGuarded && addresses.every((at) => isLoopbackHost(at.host)) ? "loopback" : "on";
}

/** True when a server must make an admin key, because nobody could use it: it is closed, beyond loopback, and no admin's key works. */
export function needsAdminKey(inputs: AuthInputs & { readonly hasAdmin: boolean }): boolean {
  const isRemote = !inputs.addresses.every((at) => isLoopbackHost(at.host));
  return isRemote && !inputs.hasAdmin && authMode(inputs) === "on";
}
