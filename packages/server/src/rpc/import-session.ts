import type { MessageInitShape } from "@bufbuild/protobuf";
import { LIMITS, type UpsertEachRow, type VecStore, VecstoreError, type WriteMode } from "@vecstore/engine";
import { ErrorReason } from "../gen/vecstore/v1/error_pb.js";
import type { Record } from "../gen/vecstore/v1/record_pb.js";
import type { ImportFailureSchema, ImportRequest, ImportResponseSchema } from "../gen/vecstore/v1/transfer_pb.js";
import { toUint64 } from "./convert/numbers.js";
import { recordFromWire } from "./convert/record.js";
import { modeFromWire } from "./convert/write.js";
import { decodeImportToken, encodeImportToken, type ImportCounts, type ImportScope } from "./import-token.js";
import { unreadable } from "./unreadable-rows.js";

type Failure = MessageInitShape<typeof ImportFailureSchema>;

/** One import: its messages, one after the other. */
export class ImportSession {
  readonly #store: VecStore;
  readonly #first: ImportRequest;
  readonly #mode: WriteMode;
  readonly #scope: ImportScope;
  #counts: ImportCounts;

  private constructor(store: VecStore, first: ImportRequest, counts: ImportCounts, scope: ImportScope) {
    this.#store = store;
    this.#first = first;
    this.#mode = modeFromWire(first.mode);
    this.#counts = counts;
    this.#scope = scope;
  }

  /**
   * Begins an import, or goes on with one.
   *
   * @param first  the message whose namespace, mode and token count
   * @throws VecstoreError INVALID_PAGE_TOKEN, INVALID_ARGUMENT
   */
  static async begin(store: VecStore, first: ImportRequest): Promise<ImportSession> {
    const scope = { namespace: store.info.name, mode: modeFromWire(first.mode) };
    if (first.resumeToken !== "") {
      return new ImportSession(store, first, decodeImportToken(first.resumeToken, scope), scope);
    }
    const { sequence } = await store.upsertEach([]);
    return new ImportSession(store, first, { rows: 0, imported: 0, failed: 0, since: sequence }, scope);
  }

  /**
   * Writes the rows of one message, and answers when they are on the disk.
   *
   * @throws VecstoreError what is no row's fault; what was written before it is in the token of the answer before
   */
  async take(request: ImportRequest, signal: AbortSignal): Promise<MessageInitShape<typeof ImportResponseSchema>> {
    this.#assertSame(request);
    const { since, rows } = this.#counts;
    const given = request.records.map(toRow);
    const { upserted, failures, sequence } = await this.#store.upsertEach(given, { mode: this.#mode, since, signal });
    const imported = this.#counts.imported + upserted;
    const failed = this.#counts.failed + failures.length;
    this.#counts = { rows: rows + given.length, imported, failed, since };
    return {
      rows: toUint64(this.#counts.rows),
      imported: toUint64(imported),
      failed: toUint64(failed),
      failures: failures.map(({ index, error }) => toFailure(rows + index + 1, request.records[index]!, error)),
      resumeToken: encodeImportToken(this.#counts, this.#scope),
      sequence: toUint64(sequence),
    };
  }

  /** What only the first message says must not be said otherwise later: it would have no effect. */
  #assertSame(request: ImportRequest): void {
    for (const name of ["namespace", "mode", "resumeToken"] as const) {
      const given = request[name];
      if (!given || given === this.#first[name]) continue;
      const field = name === "resumeToken" ? "resume_token" : name;
      throw new VecstoreError(
        "INVALID_ARGUMENT",
        `${field} differs from that of the first message, which alone counts`,
      );
    }
  }
}

function toRow(record: Record, at: number): UpsertEachRow {
  const problem = unreadable(record);
  if (problem !== undefined) return problem;
  try {
    return recordFromWire(record, `records[${at}]`);
  } catch (error) {
    if (error instanceof VecstoreError) return error;
    throw error;
  }
}

function toFailure(row: number, { id }: Record, { reason, message }: VecstoreError): Failure {
  const isShort = Buffer.byteLength(id) <= LIMITS.idBytesMax;
  return { row: toUint64(row), id: isShort ? id : "", reason: ErrorReason[reason], message };
}
