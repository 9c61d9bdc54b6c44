import { VecstoreError } from "../errors.js";
import { refuseByStatus } from "../state/apply.js";
import type { CatalogEntry } from "../state/catalog.js";
import { appliedOrThrow } from "../state/outcome.js";
import { catalogEntry, type NamespaceRef } from "./access.js";
import { damagedNamespace, isDamage } from "./damaged.js";
import type { DataDirectory } from "./data-directory.js";
import { openFromDisk } from "./open-from-disk.js";
import type { OpenNamespace } from "./open-namespace.js";
import { renewCheckpoint } from "./renew-checkpoint.js";
import { Resident } from "./resident.js";
import { lastSequenceOf, type Tail } from "./tail.js";

/** Namespaces that are let go at once: each may write a checkpoint. */
const LEAVING_MAX = 4;

/** The use of a namespace, which stays in memory until it ends. */
export interface Lease {
  readonly namespace: OpenNamespace;
  /** Once. */
  release(): void;
}

/**
 * Which namespaces are in memory. One is read when somebody uses it first, and let go when all of them together take too much memory, or
 * the next one needs files: the least recently used one that nobody uses, after a checkpoint if it needs one. So what is not in memory
 * is whole in its files, and the catalog's summary says all of it that can be said without reading them.
 */
export class Residents implements Iterable<OpenNamespace> {
  readonly #directory: DataDirectory;
  /** By number, the least recently used first. */
  readonly #open = new Map<number, Resident>();
  /** Namespaces on their way into memory or out of it: at most one way each. None of these rejects. */
  readonly #moves = new Map<number, Promise<void>>();
  readonly #damaged = new Map<number, VecstoreError>();
  /** Of the damaged ones, those whose entries in the log are in no checkpoint. */
  readonly #needLog = new Set<number>();
  /** Of those that stay. */
  #bytes = 0;
  #vectorBytes = 0;
  /** Of those that are being read. */
  #expectedBytes = 0;
  #leavingCount = 0;
  #isClosed = false;

  constructor(directory: DataDirectory) {
    this.#directory = directory;
  }

  /** A namespace that is in memory. */
  get(number: number): OpenNamespace | undefined {
    return this.#open.get(number)?.namespace;
  }

  /** All that are in memory, for a loop that awaits nothing: a use changes their order. */
  *[Symbol.iterator](): Iterator<OpenNamespace> {
    for (const { namespace } of this.#open.values()) yield namespace;
  }

  /** How many are in memory. */
  get size(): number {
    return this.#open.size;
  }

  /** Bytes of memory that they take, as they were counted last. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of them, vectors. */
  get vectorBytes(): number {
    return this.#vectorBytes;
  }

  /** True when the log has entries of a damaged namespace that no checkpoint holds: its files may be put back. */
  get needLog(): boolean {
    return this.#needLog.size > 0;
  }

  /** Why a namespace cannot be opened; undefined when nobody tried, or nothing is wrong. */
  damageOf(number: number): VecstoreError | undefined {
    return this.#damaged.get(number);
  }

  /** Takes in a namespace that was made in memory. */
  add(namespace: OpenNamespace): void {
    this.#admit(namespace);
    this.trim();
  }

  /** Forgets a namespace that was deleted. */
  remove(number: number): void {
    this.#damaged.delete(number);
    this.#needLog.delete(number);
    this.#directory.requests.remove(number);
    const resident = this.#open.get(number);
    if (resident === undefined) return;
    this.#open.delete(number);
    if (!resident.isLeaving) this.#add(resident, -1);
  }

  /** The use of a namespace that is in memory and stays; undefined for any other. */
  tryLease(number: number): Lease | undefined {
    const resident = this.#open.get(number);
    if (resident === undefined || resident.isLeaving) return undefined;
    this.#open.delete(number);
    this.#open.set(number, resident);
    resident.pins++;
    return { namespace: resident.namespace, release: () => this.#release(resident) };
  }

  /**
   * The use of a namespace, which is read into memory first where it is not there.
   *
   * @throws VecstoreError DATA_CORRUPTED when it is damaged, NAMESPACE_NOT_FOUND when it is gone or going, STORE_CLOSED, STORE_STOPPED
   */
  async lease(ref: NamespaceRef): Promise<Lease> {
    for (;;) {
      const lease = this.tryLease(ref.number);
      if (lease !== undefined) return lease;
      const move = this.#moves.get(ref.number);
      if (move === undefined) return this.#read(ref, undefined).then(({ lease: own }) => own);
      await move;
    }
  }

  /**
   * Reads the namespaces that the log may say more of than their checkpoints, at the opening of the directory. Damage is noted, and no
   * error.
   *
   * @param tails  emptied on the way, so that their memory is free
   * @returns how many entries of the log were applied
   */
  async settleAll(tails: Map<number, Tail | undefined>): Promise<number> {
    let applied = 0;
    for (const [number, tail] of tails) {
      const entry = this.#directory.catalog.byNumber(number);
      if (entry !== undefined && entry.status !== "pending_deletion") applied += await this.#settle(entry, tail);
      tails.delete(number);
    }
    return applied;
  }

  async #settle(ref: NamespaceRef, tail: Tail | undefined): Promise<number> {
    try {
      const { lease, entries } = await this.#read(ref, tail);
      lease.release();
      return entries;
    } catch (error) {
      if (!isDamage(error)) throw error;
      const { summary } = catalogEntry(this.#directory, ref);
      if (lastSequenceOf(tail) > (summary?.sequence ?? 0)) this.#needLog.add(ref.number);
      return 0;
    }
  }

  /** Writes the checkpoint of a namespace that is not in memory once more, for those that still need the log. */
  async renew(entry: CatalogEntry): Promise<void> {
    const { number } = entry;
    await this.#moves.get(number);
    if (this.#open.has(number) || this.#moves.has(number) || this.#damaged.has(number)) return;
    try {
      await this.#move(number, () => renewCheckpoint(this.#directory, entry));
    } catch (error) {
      if (!isDamage(error)) throw error;
      // The one before it and the log stand in as long as they can.
      await this.lease(entry).then(
        (lease) => lease.release(),
        (damage) => {
          if (!isDamage(damage)) throw damage;
        },
      );
    }
  }

  /**
   * Runs `task` when the namespace, which takes no entries any more, is neither on its way in nor out.
   *
   * @param task  gets the namespace if it is in memory
   */
  async whenStill(number: number, task: (namespace: OpenNamespace | undefined) => Promise<void>): Promise<void> {
    await this.#moves.get(number);
    await task(this.get(number));
  }

  /** Notes that a checkpoint of a namespace was made. */
  unstick(number: number): void {
    const resident = this.#open.get(number);
    if (resident !== undefined) resident.isStuck = false;
  }

  /** Lets idle namespaces go, in the background, while they take too much; never the one that was used last. */
  trim(): void {
    while (this.#isOver && this.#leavingCount < LEAVING_MAX) {
      const victim = this.#victim("any", this.#open.size - 1);
      if (victim === undefined) return;
      void this.#letGo(victim);
    }
  }

  /** Returns when none is on its way. Never rejects. */
  async idle(): Promise<void> {
    while (this.#moves.size > 0) await Promise.all(this.#moves.values());
  }

  /** Frees the memory of all. Whoever still reads keeps what it reads. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.idle();
    for (const namespace of this) {
      namespace.isClosed = true;
      namespace.state.release();
    }
    for (const namespace of [...this]) await namespace.files.parts.closed();
  }

  get #isOver(): boolean {
    return this.#bytes + this.#expectedBytes > this.#directory.settings.memoryForNamespaces;
  }

  #release(resident: Resident): void {
    resident.pins--;
    if (resident.pins > 0) return;
    const { bytes, vectorBytes, namespace } = resident;
    const isCounted = resident.count();
    if (isCounted && this.#open.get(namespace.number) === resident) {
      this.#add({ bytes, vectorBytes }, -1);
      this.#add(resident, 1);
    }
    if (this.#isOver) this.trim();
  }

  #add({ bytes, vectorBytes }: Pick<Resident, "bytes" | "vectorBytes">, times: 1 | -1): void {
    this.#bytes += times * bytes;
    this.#vectorBytes += times * vectorBytes;
  }

  #admit(namespace: OpenNamespace): Resident {
    const resident = new Resident(namespace);
    this.#open.set(namespace.number, resident);
    this.#add(resident, 1);
    this.#directory.noteTime(namespace.state.timeMs);
    return resident;
  }

  async #move<T>(number: number, task: () => Promise<T>): Promise<T> {
    const moving = task().finally(() => this.#moves.delete(number));
    this.#moves.set(
      number,
      moving.then(
        () => undefined,
        () => undefined,
      ),
    );
    return moving;
  }

  #read(ref: NamespaceRef, tail: Tail | undefined): Promise<{ readonly lease: Lease; readonly entries: number }> {
    return this.#move(ref.number, async () => {
      const known = this.#damaged.get(ref.number);
      if (known !== undefined) throw known;
      const entry = this.#assertStays(ref);
      const expected = entry.summary?.memoryBytes ?? 0;
      this.#expectedBytes += expected;
      try {
        await this.#makeRoom(this.#filesOf(entry));
        const { namespace, summary, entries, isMended } = await openFromDisk(this.#directory, entry, tail);
        await this.#assertWanted(namespace);
        const { catalog } = this.#directory;
        catalog.noteCheckpoint(ref.number, namespace.files.manifest?.dimension, summary);
        const resident = this.#admit(namespace);
        resident.pins++;
        if (isMended) await this.#mend(namespace);
        return { lease: { namespace, release: () => this.#release(resident) }, entries };
      } catch (error) {
        throw isDamage(error) ? this.#noteDamage(ref, error) : error;
      } finally {
        this.#expectedBytes -= expected;
      }
    });
  }

  #assertStays(ref: NamespaceRef): CatalogEntry {
    this.#directory.assertRunning();
    if (this.#isClosed) throw new VecstoreError("STORE_CLOSED", "the store is closed; open it again");
    const entry = catalogEntry(this.#directory, ref);
    const refused = entry.status === "pending_deletion" ? refuseByStatus({ ...entry, context: entry }) : undefined;
    if (refused !== undefined) appliedOrThrow(refused);
    return entry;
  }

  /** What was read is let go again where the namespace, or the directory, went meanwhile. */
  async #assertWanted(namespace: OpenNamespace): Promise<void> {
    try {
      const { status, quotas } = this.#assertStays(namespace);
      Object.assign(namespace.state, { status, quotas });
    } catch (error) {
      namespace.state.release();
      await namespace.files.parts.closed();
      throw error;
    }
  }

  #noteDamage(ref: NamespaceRef, cause: VecstoreError): VecstoreError {
    const error = damagedNamespace(ref.name, cause);
    this.#damaged.set(ref.number, error);
    const file = cause.details.file ?? "";
    this.#directory.emit({ kind: "namespace_damaged", namespace: ref.name, file, cause: cause.message });
    return error;
  }

  /** Two checkpoints, so that what the log stood in for is in both; a failure leaves it to the next ones. */
  async #mend(namespace: OpenNamespace): Promise<void> {
    const { checkpointer } = this.#directory;
    try {
      for (let i = 0; i < 2; i++) await checkpointer.namespace(namespace, "grown graph");
    } catch (error) {
      this.#directory.emit({ kind: "background_error", task: "checkpoint", error: error as Error });
    }
  }

  /** Part files that a namespace will hold open: none while its vectors fit into memory. */
  #filesOf({ summary }: CatalogEntry): number {
    if (summary === undefined) return 0;
    const bytes = summary.segments.reduce((sum, { slots, dimension }) => sum + 4 * slots * dimension, 0);
    if (bytes <= this.#directory.vectorMemory.room) return 0;
    return summary.segments.reduce((sum, { parts }) => sum + parts, 0);
  }

  /** Lets idle namespaces go until there is room for one more, or none is idle. */
  async #makeRoom(files: number): Promise<void> {
    const { env } = this.#directory;
    for (;;) {
      const lacksFiles = Math.min(files, env.holdableMax) > env.holdable;
      if (!lacksFiles && !this.#isOver) return;
      const victim = this.#victim(this.#isOver ? "any" : "holds files");
      if (victim !== undefined) await this.#letGo(victim);
      else return;
    }
  }

  /** The least recently used one that can go, among so many. */
  #victim(which: "any" | "holds files", most = this.#open.size): Resident | undefined {
    let at = 0;
    for (const resident of this.#open.values()) {
      if (at++ >= most) return undefined;
      if (which === "holds files" && resident.namespace.files.parts.openCount === 0) continue;
      if (resident.isIdle) return resident;
    }
    return undefined;
  }

  /** Never rejects: one that cannot be checkpointed stays. */
  async #letGo(resident: Resident): Promise<void> {
    const { namespace } = resident;
    resident.isLeaving = true;
    this.#leavingCount++;
    this.#add(resident, -1);
    await this.#move(namespace.number, async () => {
      try {
        await namespace.merges.run(() => namespace.maintenance.run(() => this.#leave(resident)));
        await namespace.files.parts.closed();
      } catch (error) {
        this.#directory.emit({ kind: "background_error", task: "checkpoint", error: error as Error });
      } finally {
        this.#leavingCount--;
        resident.isLeaving = false;
        // One that stayed, for whatever reason, is not tried again before its next checkpoint.
        resident.isStuck = this.#open.get(namespace.number) === resident;
        if (resident.isStuck) this.#add(resident, 1);
      }
    });
    this.trim();
  }

  /** The last step is in one turn with the look at what the checkpoint holds, under the lock of all who would look. */
  async #leave(resident: Resident): Promise<void> {
    const { namespace } = resident;
    const { checkpointer } = this.#directory;
    for (let i = 0; i < 2 && checkpointer.isDue(namespace); i++) {
      await checkpointer.namespaceLocked(namespace, "full graph");
    }
    // One that is being deleted is not checkpointed; what was linked meanwhile is derived.
    if (namespace.isGoing || this.#isClosed) return;
    const { number, files, state } = namespace;
    if (state.sequence !== Number(files.manifest?.sequence ?? 0)) return;
    namespace.isClosed = true;
    this.#open.delete(number);
    state.release();
  }
}
