/** Limits of keys. */
export const KEY_LIMITS = {
  /** Keys of a server, those that ended too: each change writes all of them, a few megabytes. */
  keysMax: 10_000,
  /** Bytes of the key file, so that a change takes milliseconds whatever the keys are bound to. */
  fileBytesMax: 16 * 1024 * 1024,
  /** Bytes of UTF-8 of a key's name: it is for people. */
  nameBytesMax: 128,
  /** Namespaces that one key is bound to. Who needs more is an admin. */
  namespacesMax: 100,
  /** Characters of a key that is sent: what is longer is not looked at. */
  keyCharsMax: 512,
  /** Keys of a page. */
  pageSizeDefault: 100,
  pageSizeMax: 1_000,
} as const;
