import { VecstoreError } from "../errors.js";
import { quoteValue } from "../metadata/describe.js";
import type { NamespaceStatus } from "../model/namespace.js";
import type { Quotas } from "../model/quotas.js";
import { changeLabels, type Labels, validateDescription, validateFlag, validateLabels } from "../state/annotations.js";
import type { CatalogEntry } from "../state/catalog.js";
import { appliedOrThrow } from "../state/outcome.js";
import { changeQuotas, type QuotaChanges, storedQuotas } from "../state/quotas.js";
import type { DataDirectory } from "./data-directory.js";
import { QUOTA_FORMAT, requireFormat } from "./format-file.js";
import { Mutex } from "./mutex.js";

/** Statuses that a caller may set; `pending_deletion` is what a deletion sets. */
const STATUSES: readonly NamespaceStatus[] = ["active", "read_only", "suspended"];

/** Settings of a new namespace. */
export interface NewNamespace {
  readonly name: string;
  readonly config: CatalogEntry["config"];
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly quotas?: Quotas;
  /** Absent: true. */
  readonly cacheAnswers?: boolean;
}

/** Changes of a namespace; what is not named stays. */
export interface NamespaceChange {
  readonly status?: NamespaceStatus;
  readonly quotas?: QuotaChanges;
  readonly description?: string;
  readonly labels?: Labels;
  readonly removeLabels?: readonly string[];
  readonly cacheAnswers?: boolean;
}

/** Changes what the catalog says of namespaces. */
export class NamespaceChanges {
  readonly #directory: DataDirectory;
  /** An entry says all that can change, so that each begins where the one before ended. */
  readonly #turns = new Mutex();

  constructor(directory: DataDirectory) {
    this.#directory = directory;
  }

  /**
   * Changes a namespace; holds for every entry of the log that follows, and survives a crash.
   *
   * @throws VecstoreError NAMESPACE_NOT_FOUND, INVALID_ARGUMENT, DISK_FULL, STORE_STOPPED
   */
  update(name: string, change: NamespaceChange): Promise<void> {
    return this.#turns.run(async () => {
      const directory = this.#directory;
      const before = directory.entryByName(name);
      const after = changed(before, change);
      if (isSame(before, after)) return;
      await this.#write(before.number, after);
    });
  }

  /** Begins the deletion of a namespace, unless that was done before. */
  condemn(number: number): Promise<void> {
    return this.#turns.run(async () => {
      const before = this.#directory.catalog.byNumber(number);
      if (before === undefined || before.status === "pending_deletion") return;
      await this.#write(number, { ...before, status: "pending_deletion" });
    });
  }

  async #write(number: number, { status, description, labels, quotas, cacheAnswers }: Changeable): Promise<void> {
    const directory = this.#directory;
    const stored = storedQuotas(quotas);
    if (stored !== undefined) await requireFormat(directory.env, directory.path, QUOTA_FORMAT);
    const noAnswerCache = cacheAnswers ? undefined : true;
    const value = { number, status, description, labels: { ...labels }, quotas: stored, noAnswerCache };
    appliedOrThrow(await directory.write(directory, { $case: "updateNamespace", value }));
  }
}

type Changeable = Pick<CatalogEntry, "status" | "description" | "labels" | "quotas" | "cacheAnswers">;

function changed(before: CatalogEntry, change: NamespaceChange): Changeable {
  const { status = before.status, labels = {}, removeLabels = [] } = change;
  const cacheAnswers = validateFlag("cache_answers", change.cacheAnswers ?? before.cacheAnswers);
  if (change.status !== undefined && !STATUSES.includes(change.status)) {
    const message = `status is ${quoteValue(change.status)}; allowed are ${STATUSES.join(", ")}; to remove a namespace, delete it`;
    throw new VecstoreError("INVALID_ARGUMENT", message);
  }
  const description = change.description === undefined ? before.description : validateDescription(change.description);
  const quotas = changeQuotas(before.quotas, change.quotas ?? {});
  const changedLabels = changeLabels(before.labels, validateLabels(labels), removeLabels);
  return { status, quotas, description, labels: changedLabels, cacheAnswers };
}

function isSame(before: Changeable, after: Changeable): boolean {
  return (
    before.status === after.status &&
    before.description === after.description &&
    before.cacheAnswers === after.cacheAnswers &&
    sorted(before.labels) === sorted(after.labels) &&
    sorted(before.quotas) === sorted(after.quotas)
  );
}

function sorted(values: Labels | Quotas): string {
  return JSON.stringify(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
}
