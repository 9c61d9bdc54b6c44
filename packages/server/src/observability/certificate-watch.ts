import { Certificates } from "../listener/certificates.js";
import type { LoadedTls, TlsFiles, TlsMaterial } from "../listener/tls-files.js";
import type { Log } from "./logger.js";
import type { Metrics } from "./metrics.js";

/** What a watch over certificates needs. */
export interface CertificateWatchOptions {
  readonly files: TlsFiles;
  /** Milliseconds between two looks. */
  readonly intervalMs: number;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** The certificates of a server while it runs. */
export interface CertificateWatch {
  /** Those in use. */
  readonly material: TlsMaterial;
  /** Begins to look at the files; `use` is called with each new state of them. */
  start(use: (material: TlsMaterial) => void): void;
  /** Reads the files at once. */
  reload(): void;
  stop(): void;
}

/**
 * Reads the files, and tells log and metrics what becomes of them.
 *
 * @throws Error when they cannot be used
 */
export function watchCertificates({ files, intervalMs, log, metrics }: CertificateWatchOptions): CertificateWatch {
  let use: (material: TlsMaterial) => void = () => {};
  const certificates = new Certificates({
    files,
    now: Date.now,
    onLoaded(loaded) {
      use(loaded.material);
      metrics.certificateLoaded(loaded.validToMs);
      log.info(fieldsOf(loaded), "certificates_loaded");
    },
    onRefused(problem) {
      metrics.certificateRefused();
      log.error({ error: problem }, "certificates_refused");
    },
    onExpiring: (loaded) => log.warn(fieldsOf(loaded), "certificate_expiring"),
  });
  metrics.certificateLoaded(certificates.current.validToMs);
  let timer: NodeJS.Timeout | undefined;
  return {
    get material() {
      return certificates.current.material;
    },
    start(next) {
      use = next;
      timer = setInterval(() => certificates.check(), intervalMs);
      // It must not keep a process alive that is done.
      timer.unref();
    },
    reload: () => certificates.reload(),
    stop: () => clearInterval(timer),
  };
}

function fieldsOf({ subject, validToMs }: LoadedTls) {
  return { subject, ends: new Date(validToMs).toISOString() };
}
