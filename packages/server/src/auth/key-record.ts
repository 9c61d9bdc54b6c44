import type { Role } from "./roles.js";

/** A key without its secret, as it is kept. Times are milliseconds since 1970. */
export interface KeyRecord {
  readonly id: string;
  /** For people, 0..128 bytes of UTF-8. */
  readonly name: string;
  /** The first characters of the secret. */
  readonly prefix: string;
  /** SHA-256 of the secret, 64 hexadecimal digits. */
  readonly sha256: string;
  readonly role: Role;
  /** Ascending by code unit, each once; empty for admin and metrics. */
  readonly namespaces: readonly string[];
  readonly createdAtMs: number;
  readonly expiresAtMs?: number | undefined;
  readonly revokedAtMs?: number | undefined;
  readonly rotatedAtMs?: number | undefined;
}

/** When a key ended, or will: revoked, or past its time. Infinity: never. */
export function endOf({ revokedAtMs, expiresAtMs }: KeyRecord): number {
  return Math.min(revokedAtMs ?? Number.POSITIVE_INFINITY, expiresAtMs ?? Number.POSITIVE_INFINITY);
}
