import type { QuotaWarning } from "../quota/warnings.js";
import type { AuditFile } from "./audit-file.js";
import type { Log } from "./logger.js";

/** Where a warning goes. */
export interface WarningSinks {
  readonly log: Log;
  /** Undefined until the directory is this process's. */
  readonly auditFile: () => AuditFile | undefined;
  readonly count: (quota: string) => void;
}

/** Tells operators that a quota is nearly used up: a line of the log, one of the audit log, and a metric. */
export function tellQuotaWarning({ log, auditFile, count }: WarningSinks, warning: QuotaWarning): void {
  const { namespace, quota, usage, limit } = warning;
  count(quota);
  log.warn({ namespace, quota, usage, limit }, "quota_warning");
  const line = {
    time: new Date().toISOString(),
    user_id: "server",
    action: "quota_warning",
    namespace,
    quota,
    usage,
    limit,
  };
  try {
    auditFile()?.append(JSON.stringify(line));
  } catch (error) {
    log.error({ error: String(error) }, "audit_failed");
  }
}
