import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** SHA-256 of a key: all that the server keeps of it. */
export function digestOf(key: string): Buffer {
  return createHash("sha256").update(key, "utf8").digest();
}

/** Compares two digests in constant time. */
export function isSameDigest(left: Buffer, right: Buffer): boolean {
  return timingSafeEqual(left, right);
}

/** A key made by this server: `vs_`, its id, and 256 random bits. */
export interface NewSecret {
  readonly key: string;
  /** Its first characters, four of the random ones: to recognize it by. */
  readonly prefix: string;
}

const ID = /^[a-z2-7]{12}$/;
const KEY = /^vs_([a-z2-7]{12})_[A-Za-z0-9_-]{43}$/;
/** Of RFC 4648, in lower case. */
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** A new id: 12 letters and digits, 60 random bits. It is no secret. */
export function createKeyId(): string {
  return Array.from(randomBytes(12), (byte) => BASE32[byte & 31]).join("");
}

/** True for what `createKeyId` may make. */
export function isKeyId(text: string): boolean {
  return ID.test(text);
}

/** A new secret for the key of this id. The beginning lets scanners for leaked secrets recognize it. */
export function createSecret(id: string): NewSecret {
  const key = `vs_${id}_${randomBytes(32).toString("base64url")}`;
  return { key, prefix: key.slice(0, `vs_${id}_`.length + 4) };
}

/** The id that stands in a key of ours; undefined for other keys. */
export function idOf(key: string): string | undefined {
  return KEY.exec(key)?.[1];
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
