import { KEY_ROLES } from "../config/configured-keys.js";

/** What a key may do: reader, writer and owner in the namespaces that it is bound to, admin and metrics on the server. */
export type Role = (typeof KEY_ROLES)[number];

/** Every role. */
export const ROLES: readonly Role[] = KEY_ROLES;

/** True for roles that are bound to namespaces. */
export function isBound(role: Role): boolean {
  return role in RANK;
}

/**
 * What a request needs. `open`: nothing, such as probes. `any`: some key, where keys are needed. Otherwise a role: reader,
 * writer and owner hold for one namespace, and each can do what those before it can.
 */
export type Need = "open" | "any" | Role;

const RANK: Readonly<Record<string, number>> = { reader: 1, writer: 2, owner: 3 };

/** True when a role satisfies a need, wherever that is. */
export function satisfies(role: Role, need: Need): boolean {
  if (role === "admin" || role === need || need === "open" || need === "any") return true;
  const wanted = RANK[need];
  return wanted !== undefined && (RANK[role] ?? 0) >= wanted;
}
