import { VecstoreError } from "@vecstore/engine";

/** How far an import is. */
export interface ImportCounts {
  /** Rows taken since it began. */
  readonly rows: number;
  readonly imported: number;
  readonly failed: number;
  /** Sequence of the namespace when it began. */
  readonly since: number;
}

/** What a token is bound to: other rows would be left out of another import. */
export interface ImportScope {
  readonly namespace: string;
  readonly mode: string;
}

/** A token that says how far an import is. The server keeps nothing. */
export function encodeImportToken({ rows, imported, failed, since }: ImportCounts, scope: ImportScope): string {
  const parts = [rows, imported, failed, since, scope.namespace, scope.mode];
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** @throws VecstoreError INVALID_PAGE_TOKEN */
export function decodeImportToken(token: string, { namespace, mode }: ImportScope): ImportCounts {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    if (Array.isArray(parts) && parts.length === 6 && parts[4] === namespace && parts[5] === mode) {
      const [rows, imported, failed, since] = parts;
      const areCounts = [rows, imported, failed, since].every((each) => Number.isSafeInteger(each) && each >= 0);
      if (areCounts && imported + failed === rows) return { rows, imported, failed, since };
    }
  } catch {
    // Whatever it was, it was not made here: the error below says so.
  }
  const message = `resume_token was not given by an import into namespace ${JSON.stringify(namespace)} in mode ${mode}; begin anew without one`;
  throw new VecstoreError("INVALID_PAGE_TOKEN", message);
}
