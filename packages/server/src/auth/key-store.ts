import { refusal } from "../errors.js";
import { type Clock, SYSTEM_CLOCK } from "./clock.js";
import { Credential } from "./credential.js";
import { keepDamagedFile, keyFilePath, readKeyFile, replaceKeyFile } from "./key-disk.js";
import { decodeKeyFile, encodeKeyFile } from "./key-file.js";
import type { KeyRecord } from "./key-record.js";
import { findCredential, type Keyring } from "./keyring.js";
import { createKeyId, createSecret, digestOf } from "./keys.js";
import { makeRoom } from "./make-room.js";
import type { NewKey } from "./new-key.js";

/** What a key store needs. */
export interface KeyStoreOptions {
  /** The data directory. */
  readonly directory: string;
  /** Credentials of the configuration; they cannot be changed here. */
  readonly configured?: readonly Credential[];
  readonly clock?: Clock;
}

/** A key with its secret, which is nowhere else. */
export interface ShownKey {
  readonly key: string;
  readonly record: KeyRecord;
}

/**
 * The keys of a server: those of its configuration, and those that it made, which lie in the key file. A change is on the disk
 * before it is answered; changes follow each other, one at a time.
 */
export class KeyStore implements Keyring {
  readonly #directory: string;
  readonly #configured: readonly Credential[];
  readonly #clock: Clock;
  /** By id, ascending. */
  #records: ReadonlyMap<string, KeyRecord> = new Map();
  readonly #credentials = new Map<string, Credential>();
  #hasFile = false;
  #isDamaged = false;
  /** A revocation is in memory that the file does not have: the disk failed. */
  #isUnsaved = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ directory, configured = [], clock = SYSTEM_CLOCK }: KeyStoreOptions) {
    this.#directory = directory;
    this.#configured = configured;
    this.#clock = clock;
  }

  /**
   * Reads the key file. Once before the server listens, and once more under the directory's lock, which a command may have held.
   *
   * @returns what is wrong with the file, in sentences; empty when nothing is
   * @throws ConnectError FORMAT_TOO_NEW; the system's error when the file cannot be read
   */
  load(): readonly string[] {
    const text = readKeyFile(this.#directory);
    const { records, damage } =
      text === undefined ? { records: [], damage: [] } : decodeKeyFile(text, keyFilePath(this.#directory));
    this.#hasFile = text !== undefined;
    this.#isDamaged = damage.length > 0;
    for (const id of this.#credentials.keys()) this.#replaceCredential(id, undefined, "was removed");
    for (const record of records) this.#replaceCredential(record.id, record, "was removed");
    this.#records = inOrder(records);
    return damage;
  }

  /** True once there are keys, whole or damaged, ended or not: then nobody may come without one. */
  get isGuarded(): boolean {
    return this.#hasFile || this.#configured.length > 0;
  }

  /** True when some admin's key works. */
  get hasAdmin(): boolean {
    const all = [...this.#configured, ...this.#credentials.values()];
    return all.some(({ role, ending }) => role === "admin" && ending === undefined);
  }

  find(key: string): Credential | undefined {
    return findCredential(key, this.#configured, this.#credentials);
  }

  /** Up to `limit` keys behind `afterId`, by ascending id. */
  list(afterId: string, limit: number, accepts: (record: KeyRecord) => boolean): readonly KeyRecord[] {
    const page: KeyRecord[] = [];
    for (const record of this.#records.values()) {
      if (record.id <= afterId || !accepts(record)) continue;
      page.push(record);
      if (page.length === limit) break;
    }
    return page;
  }

  /**
   * Makes a key. It works when this resolves.
   *
   * @param spec  checked by `validateNewKey`
   * @param tell  shown the key before it is on the disk, where nobody waits for the answer: one that is told and not kept does
   *              no harm, one that is kept and not told locks out
   * @throws ConnectError QUOTA_EXCEEDED, DISK_FULL, INTERNAL
   */
  create(spec: NewKey, tell?: (key: string) => void): Promise<ShownKey> {
    return this.#inTurn(async () => {
      const id = this.#freshId();
      const { key, prefix } = createSecret(id);
      const { name, role, namespaces, expiresAtMs } = spec;
      const nowMs = this.#clock.now();
      const what = { id, name, prefix, sha256: digestOf(key).toString("hex"), role, namespaces };
      const record = { ...what, createdAtMs: nowMs, expiresAtMs };
      const records = makeRoom([...this.#records.values()], record, nowMs);
      tell?.(key);
      await this.#save(records);
      this.#replaceCredential(id, record, "was removed");
      return { key, record };
    });
  }

  /**
   * Gives a key a new secret; what runs under the old one ends.
   *
   * @throws ConnectError API_KEY_NOT_FOUND, also for one that was revoked; DISK_FULL, INTERNAL
   */
  rotate(id: string): Promise<ShownKey> {
    return this.#inTurn(async () => {
      const old = this.#get(id);
      if (old.revokedAtMs !== undefined) throw notFound(id, "was revoked, for good; make another");
      const { key, prefix } = createSecret(id);
      const sha256 = digestOf(key).toString("hex");
      const record = { ...old, prefix, sha256, rotatedAtMs: this.#clock.now() };
      await this.#save(this.#with(record));
      this.#replaceCredential(id, record, "was rotated");
      return { key, record };
    });
  }

  /**
   * Withdraws a key for good; what runs under it ends. That it was revoked before is no error.
   *
   * @throws ConnectError API_KEY_NOT_FOUND; DISK_FULL, INTERNAL: then the key stopped all the same, until the server starts again
   */
  revoke(id: string): Promise<KeyRecord> {
    // Not in its turn: what waits for the disk must not keep a stolen key working.
    this.#get(id);
    this.#credentials.get(id)?.end("was revoked");
    return this.#inTurn(async () => {
      const old = this.#get(id);
      if (old.revokedAtMs !== undefined && !this.#isUnsaved) return old;
      const record = { ...old, revokedAtMs: old.revokedAtMs ?? this.#clock.now() };
      this.#replaceCredential(id, record, "was revoked");
      this.#records = inOrder(this.#with(record));
      this.#isUnsaved = true;
      await this.#save([...this.#records.values()]);
      return record;
    });
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#last.then(change);
    this.#last = done.catch(() => {});
    return done;
  }

  #get(id: string): KeyRecord {
    const record = this.#records.get(id);
    if (record === undefined) throw notFound(id, "does not exist; list the keys");
    return record;
  }

  #freshId(): string {
    for (;;) {
      const id = createKeyId();
      if (!this.#records.has(id)) return id;
    }
  }

  #with(record: KeyRecord): readonly KeyRecord[] {
    return [...new Map(this.#records).set(record.id, record).values()];
  }

  async #save(records: readonly KeyRecord[]): Promise<void> {
    if (this.#isDamaged) await keepDamagedFile(this.#directory);
    await replaceKeyFile(this.#directory, encodeKeyFile(records));
    this.#isDamaged = false;
    this.#isUnsaved = false;
    this.#hasFile = true;
    const before = this.#records;
    this.#records = inOrder(records);
    for (const id of before.keys()) {
      if (!this.#records.has(id)) this.#replaceCredential(id, undefined, "was removed");
    }
  }

  #replaceCredential(id: string, record: KeyRecord | undefined, why: string): void {
    this.#credentials.get(id)?.end(why);
    this.#credentials.delete(id);
    if (record === undefined) return;
    const { role, namespaces, expiresAtMs, revokedAtMs } = record;
    const digest = Buffer.from(record.sha256, "hex");
    const init = { id, role, namespaces, digest, expiresAtMs, isRevoked: revokedAtMs !== undefined };
    this.#credentials.set(id, new Credential(init, this.#clock));
  }
}

function inOrder(records: readonly KeyRecord[]): ReadonlyMap<string, KeyRecord> {
  const sorted = [...records].sort((a, b) => (a.id < b.id ? -1 : 1));
  return new Map(sorted.map((record) => [record.id, record]));
}

function notFound(id: string, what: string): Error {
  return refusal("API_KEY_NOT_FOUND", `the API key ${JSON.stringify(id.slice(0, 64))} ${what}`);
}
