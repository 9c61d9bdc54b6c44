import { type Clock, SYSTEM_CLOCK, TIMER_MS_MAX } from "./clock.js";
import type { Role } from "./roles.js";

/** What a credential is made of. */
export interface CredentialInit {
  /** The key's id, or a name of the configuration: it goes to logs. */
  readonly id: string;
  readonly role: Role;
  /** Bound roles only. */
  readonly namespaces: readonly string[];
  /** SHA-256 of the secret. */
  readonly digest: Buffer;
  readonly expiresAtMs?: number | undefined;
  readonly isRevoked?: boolean;
}

/** Told why a credential ended. */
export type EndListener = (why: string) => void;

/** One secret of one key, while it works and after. A rotated key gets a new credential, and the old one ends. */
export class Credential {
  readonly id: string;
  readonly role: Role;
  readonly namespaces: ReadonlySet<string>;
  readonly digest: Buffer;
  readonly #expiresAtMs: number;
  readonly #clock: Clock;
  readonly #listeners = new Set<EndListener>();
  #ending: string | undefined;
  #stopTimer: (() => void) | undefined;

  constructor(init: CredentialInit, clock: Clock = SYSTEM_CLOCK) {
    this.id = init.id;
    this.role = init.role;
    this.namespaces = new Set(init.namespaces);
    this.digest = init.digest;
    this.#expiresAtMs = init.expiresAtMs ?? Number.POSITIVE_INFINITY;
    this.#clock = clock;
    if (init.isRevoked) this.#ending = "was revoked";
  }

  /** Why it does not work any more, such as `was revoked`; undefined while it works. */
  get ending(): string | undefined {
    if (this.#ending === undefined && this.#clock.now() >= this.#expiresAtMs) this.end("has expired");
    return this.#ending;
  }

  /** Ends it, and all that runs under it. The first reason stays. */
  end(why: string): void {
    if (this.#ending !== undefined) return;
    this.#ending = why;
    this.#disarm();
    for (const listener of [...this.#listeners]) listener(why);
    this.#listeners.clear();
  }

  /** Calls `listener` when the credential ends, at once when it has, until the returned function is called. */
  onEnd(listener: EndListener): () => void {
    const { ending } = this;
    if (ending !== undefined) {
      listener(ending);
      return () => {};
    }
    this.#listeners.add(listener);
    this.#arm();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#disarm();
    };
  }

  /** Only while somebody listens: a server may have thousands of keys. */
  #arm(): void {
    if (this.#stopTimer !== undefined || this.#expiresAtMs === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(Math.max(0, this.#expiresAtMs - this.#clock.now()), TIMER_MS_MAX);
    this.#stopTimer = this.#clock.startTimer(delayMs, () => {
      this.#stopTimer = undefined;
      if (this.ending === undefined) this.#arm();
    });
  }

  #disarm(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }
}
