import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** SHA-256 of a key: all that the server keeps of it. */
export function digestOf(key: string): Buffer {
  return createHash("sha256").update(key, "utf8").digest();
}

/** Compares in constant time; digests have one length, so that of the key does not show. */
export function matches(key: string, digest: Buffer): boolean {
  return timingSafeEqual(digestOf(key), digest);
}

/** A new key of 256 random bits. The prefix lets scanners for leaked secrets recognise it. */
export function createKey(): string {
  return `vs_admin_${randomBytes(32).toString("base64url")}`;
}

/** Headers of a request: Node's, which hold a list where one came twice, or a lookup. */
export type HeaderLookup = (name: string) => string | undefined;

/** The key that a request carries, by `X-API-Key` or `Authorization: Bearer`. */
export function keyFrom(header: HeaderLookup): string | undefined {
  const direct = header("x-api-key")?.trim();
  if (direct) return direct;
  const bearer = /^Bearer[ ]+(\S+)\s*$/i.exec(header("authorization") ?? "");
  return bearer?.[1];
}
