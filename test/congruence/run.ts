import { MemoryEnv, NamespacedVecStore, type RecordUpdate, type VecStore, VecstoreError } from "@vecstore/engine";
import { ManualClock } from "@vecstore/engine/testing";
import { expect } from "vitest";
import { checkInverted, checkQueries, checkRecords, type Recall } from "./check.js";
import { type Model, Model as ModelClass, type ModelTarget } from "./model.js";
import { bulkOf, type RecordSketch, recordOf, type Step, type UpdateSketch } from "./operations.js";
import { idOf } from "./random.js";

/** How the stores of a run are made. */
export interface RunOptions {
  readonly metric: Model["metric"];
  readonly threads: number;
  readonly segmentRecordsMax?: number;
  readonly memoryForVectors?: number;
  /** How much larger bulk writes are. Default 1. */
  readonly scale?: number;
}

/** A store beside its model: each step is done to both and compared. */
export class Run {
  readonly #options: RunOptions;
  /** Stands still within a step; the store's timers go off as it is moved. */
  readonly #clock = new ManualClock();
  #env = new MemoryEnv(this.#clock);
  #all!: NamespacedVecStore;
  #store!: VecStore;
  #model: Model;
  readonly #snapshots = new Map<string, Model>();
  /** Sequences only grow, whatever is restored. */
  #sequence = 0;
  readonly recall: Recall;
  /** Entries that were applied again after crashes. */
  replayed = 0;
  /** Records whose time passed. */
  expired = 0;
  readonly events = new Map<string, number>();

  private constructor(options: RunOptions, recall: Recall) {
    this.#options = options;
    this.#model = new ModelClass(options.metric);
    this.recall = recall;
  }

  static async begin(options: RunOptions, recall: Recall): Promise<Run> {
    const run = new Run(options, recall);
    await run.#open(run.#env);
    await run.#all.createNamespace("docs", { metric: options.metric, m: 8, efConstruction: 64, efSearch: 40 });
    run.#store = await run.#all.namespace("docs");
    return run;
  }

  async #open(env: MemoryEnv): Promise<void> {
    const { threads, segmentRecordsMax, memoryForVectors } = this.#options;
    this.#env = env;
    const onEvent = ({ kind }: { kind: string }) => this.events.set(kind, (this.events.get(kind) ?? 0) + 1);
    const small = { checkpointLogBytes: 32_000, graphRecordsMin: 50, memoryForVectors };
    this.#all = await NamespacedVecStore.open("data", { env, threads, segmentRecordsMax, onEvent, ...small });
  }

  /** Does a step and compares all that can be read. */
  async step(step: Step, n: number): Promise<void> {
    await this.#do(step);
    this.expired += this.#model.expire(this.#clock.nowMs);
    await checkRecords(this.#store, this.#model, 1 + ((n * 37) % 300));
    await checkQueries(this.#store, this.#model, n, this.recall);
    await checkInverted(this.#store, this.#model, n);
    const stats = await this.#store.stats();
    expect([stats.vectorCount, stats.softDeletedCount]).toEqual([this.#model.visible.size, this.#model.hidden.size]);
  }

  close(): Promise<void> {
    return this.#all.close();
  }

  #do(step: Step): Promise<unknown> | unknown {
    switch (step.kind) {
      case "upsert":
        return this.#upsert(step.records, step.mode);
      case "bulk":
        return this.#write(bulkOf(step, this.#options.scale ?? 1, this.#clock.nowMs), "upsert");
      case "update":
        return this.#update(step.updates);
      case "delete":
      case "softDelete":
      case "restore":
        return this.#target(step.kind, step.target);
      case "snapshot":
      case "restoreSnapshot":
      case "deleteSnapshot":
        return this.#snapshot(step.kind, step.name);
      case "pass":
        return this.#clock.advance(step.ms);
      case "compact":
        return this.#store.compact();
      case "checkpoint":
        return this.#all.checkpoint();
      case "settle":
        return this.#store.settled();
      case "reopen":
        return this.#reopen();
      case "crash":
        return this.#crash();
    }
  }

  #upsert(sketches: readonly RecordSketch[], mode: "upsert" | "insert_only" | "update_only"): Promise<void> {
    const records = sketches.map(({ n, vector, requires, livesMs }) => {
      const version = this.#model.visible.get(idOf(n))?.version ?? 0;
      const ifVersion = { none: undefined, present: version, absent: 0, wrong: version + 1 }[requires];
      return recordOf(n, vector, ifVersion, livesMs === undefined ? undefined : this.#clock.nowMs + livesMs);
    });
    return this.#write(records, mode);
  }

  async #write(records: ReturnType<typeof bulkOf>, mode: "upsert" | "insert_only" | "update_only"): Promise<void> {
    const refusal = this.#model.refusalOf(records, mode);
    const written = this.#store.upsert(records, { mode });
    if (refusal !== undefined) return this.#expectReason(written, refusal);
    const { sequence, upserted, inserted } = await written;
    this.#advance(sequence);
    expect([upserted, inserted]).toEqual([records.length, this.#model.upsert(records, sequence)]);
  }

  async #update(updates: readonly UpdateSketch[]): Promise<void> {
    const plain = updates.map(({ n: _, livesMs, ...update }): RecordUpdate => {
      return { ...update, expiresAtMs: typeof livesMs === "number" ? this.#clock.nowMs + livesMs : livesMs };
    });
    const refusal = this.#model.refusalOfUpdates(plain);
    const written = this.#store.update(plain);
    if (refusal !== undefined) return this.#expectReason(written, refusal);
    const { sequence } = await written;
    this.#advance(sequence);
    this.#model.update(plain, sequence);
  }

  async #target(kind: "delete" | "softDelete" | "restore", target: ModelTarget): Promise<void> {
    const { affected, sequence } = await this.#store[kind]({ ...target, filter: target.filter?.text });
    expect(sequence).toBeGreaterThanOrEqual(this.#sequence);
    this.#sequence = sequence;
    expect(affected).toBe(this.#model.target(kind, target, sequence));
  }

  async #snapshot(kind: "snapshot" | "restoreSnapshot" | "deleteSnapshot", name: string): Promise<void> {
    const known = this.#snapshots.get(name);
    if (kind === "snapshot") {
      if (known !== undefined) return this.#expectReason(this.#store.createSnapshot(name), "SNAPSHOT_EXISTS");
      expect(await this.#store.createSnapshot(name)).toMatchObject({ name, vectorCount: this.#model.visible.size });
      this.#snapshots.set(name, this.#model.copy());
    } else if (known === undefined) {
      return this.#expectReason(this.#store[kind](name), "SNAPSHOT_NOT_FOUND");
    } else if (kind === "deleteSnapshot") {
      await this.#store.deleteSnapshot(name);
      this.#snapshots.delete(name);
    } else {
      await this.#store.restoreSnapshot(name);
      this.#model = known.copy();
      this.#model.expire(this.#clock.nowMs);
      this.#advance((await this.#store.stats()).sequence);
    }
    expect((await this.#store.listSnapshots()).map((one) => one.name)).toEqual([...this.#snapshots.keys()].sort());
  }

  async #reopen(): Promise<void> {
    await this.#all.close();
    await this.#open(this.#env);
    expect(this.#all.recovery.entries).toBe(0);
    this.#store = await this.#all.namespace("docs");
  }

  /** Goes on from a copy of the files as they are, as after a process that was killed. */
  async #crash(): Promise<void> {
    const copy = new MemoryEnv(this.#clock);
    for (const path of this.#env.paths()) copy.writeFile(path, this.#env.readFile(path));
    await this.#all.close();
    await this.#open(copy);
    this.replayed += this.#all.recovery.entries;
    this.#store = await this.#all.namespace("docs");
  }

  #advance(sequence: number): void {
    expect(sequence).toBeGreaterThan(this.#sequence);
    this.#sequence = sequence;
  }

  async #expectReason(work: Promise<unknown>, reason: string): Promise<void> {
    const error = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(VecstoreError);
    expect((error as VecstoreError).reason).toBe(reason);
  }
}
