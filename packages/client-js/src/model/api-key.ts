import type { CallOptions } from "./call.js";

/** What a key may do: reader, writer and owner in the namespaces that it is bound to, admin and metrics on the server. */
export type Role = "reader" | "writer" | "owner" | "admin" | "metrics";

/** A key without its secret. */
export interface ApiKeyInfo {
  /** Names the key in logs and calls, and stays when it is rotated. */
  readonly id: string;
  /** For people; may be empty. */
  readonly name: string;
  /** The first characters of the secret, to recognize it by. */
  readonly prefix: string;
  /** What it may do; `unknown` when a newer server says what this client does not know. */
  readonly role: Role | "unknown";
  /** Where; empty for admin and metrics. */
  readonly namespaces: readonly string[];
  /** When it was made, milliseconds since 1970. */
  readonly createdAtMs: number;
  /** From then on it does not work. Absent: never. */
  readonly expiresAtMs?: number;
  /** When it was withdrawn. Absent: it was not. */
  readonly revokedAtMs?: number;
  /** When it last got a new secret. Absent: never. */
  readonly rotatedAtMs?: number;
}

/** A key with its secret, which is shown this once. */
export interface ShownApiKey {
  /** The secret: what goes into the option `apiKey` of a client. */
  readonly key: string;
  /** The key without it. */
  readonly info: ApiKeyInfo;
}

/** Options of `createApiKey`. */
export interface CreateApiKeyOptions extends CallOptions {
  /** For people, at most 128 bytes. */
  readonly name?: string;
  /** 1..100 for reader, writer and owner; they need not exist yet. */
  readonly namespaces?: readonly string[];
  /** Milliseconds since 1970, in the future. Default: never. */
  readonly expiresAtMs?: number;
}

/** Options of `listApiKeys`. */
export interface ListApiKeysOptions extends CallOptions {
  /** Whether withdrawn keys are listed too. Default false. */
  readonly includeRevoked?: boolean;
}
