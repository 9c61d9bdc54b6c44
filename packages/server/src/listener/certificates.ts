import { statSync } from "node:fs";
import { type LoadedTls, loadTlsFiles, type TlsFiles } from "./tls-files.js";

/** What the owner of the certificates is told. */
export interface CertificateEvents {
  /** New ones are in use from now on. */
  readonly onLoaded: (loaded: LoadedTls) => void;
  /** The files cannot be used; the old ones stay. Told once for each state of the files. */
  readonly onRefused: (problem: string) => void;
  /** The certificate in use ends soon, or has ended. Told once a day. */
  readonly onExpiring: (loaded: LoadedTls) => void;
}

/** What certificates need. */
export interface CertificatesOptions extends CertificateEvents {
  readonly files: TlsFiles;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const DAY_MS = 86_400_000;
/** Before its end a certificate is spoken of this long: automatic renewals come earlier, weekends pass. */
const WARN_BEFORE_MS = 14 * DAY_MS;

/**
 * The certificates of a server, read again when their files change. It has no timer: whoever owns it calls `check` often, or
 * `reload` when told to.
 */
export class Certificates {
  readonly #options: CertificatesOptions;
  #current: LoadedTls;
  /** What the files looked like when the certificates in use were read. */
  #loaded: string;
  /** What they looked like when they were looked at last. */
  #seen: string;
  /** The state of the files that was refused, and why. */
  #refused = "";
  #warnedAtMs = Number.NEGATIVE_INFINITY;

  /** @throws Error when the files cannot be used */
  constructor(options: CertificatesOptions) {
    this.#options = options;
    this.#loaded = fingerprintOf(options.files);
    this.#seen = this.#loaded;
    this.#current = loadTlsFiles(options.files);
    this.#warn();
  }

  /** Those in use. */
  get current(): LoadedTls {
    return this.#current;
  }

  /**
   * Looks at the files, and reads them when they have changed and were left alone since the last look: certificate and key are
   * replaced one after the other, and half a pair is no news.
   *
   * Cost: a `stat` for each file.
   */
  check(): void {
    const now = fingerprintOf(this.#options.files);
    const isSettled = now === this.#seen;
    this.#seen = now;
    if (now !== this.#loaded && isSettled) this.#load(now);
    this.#warn();
  }

  /** Reads the files at once, changed or not. */
  reload(): void {
    this.#refused = "";
    this.#load(fingerprintOf(this.#options.files));
    this.#warn();
  }

  #load(fingerprint: string): void {
    const { files, onLoaded, onRefused } = this.#options;
    try {
      const loaded = loadTlsFiles(files);
      this.#assertHolds(loaded);
      this.#current = loaded;
      this.#loaded = fingerprint;
      this.#refused = "";
      this.#warnedAtMs = Number.NEGATIVE_INFINITY;
      onLoaded(loaded);
    } catch (error) {
      const { message } = error as Error;
      const refused = `${fingerprint} ${message}`;
      if (refused !== this.#refused) onRefused(message);
      this.#refused = refused;
    }
  }

  /** The one in use is better than one that no client accepts. */
  #assertHolds({ validFromMs, validToMs }: LoadedTls): void {
    const nowMs = this.#options.now();
    const { cert } = this.#options.files;
    if (nowMs >= validToMs) throw new Error(`tls.cert ${cert} ended at ${new Date(validToMs).toISOString()}`);
    if (nowMs < validFromMs) throw new Error(`tls.cert ${cert} begins at ${new Date(validFromMs).toISOString()}`);
  }

  #warn(): void {
    const nowMs = this.#options.now();
    if (this.#current.validToMs - nowMs > WARN_BEFORE_MS || nowMs - this.#warnedAtMs < DAY_MS) return;
    this.#warnedAtMs = nowMs;
    this.#options.onExpiring(this.#current);
  }
}

/** Changes when a file is written, or replaced by a rename or by another target of a symbolic link. */
function fingerprintOf({ cert, key, clientCa }: TlsFiles): string {
  return [cert, key, clientCa].map((path) => (path === undefined ? "" : stateOf(path))).join(" ");
}

function stateOf(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(":");
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
