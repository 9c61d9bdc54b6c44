import { expect } from "vitest";
import type { DirectoryOptions } from "../model/options.js";
import type { RecordInput } from "../model/record.js";
import { StorageError } from "../storage/errors.js";
import type { FaultyEnv } from "../storage/faulty-env.js";
import {
  assertHonest,
  contentOf,
  difference,
  dump,
  type Expected,
  makeMixedRecords,
  type Opened,
  openSmall,
  type Records,
  storeOf,
} from "./life-fixture.cases.js";

/** All that a test knows a store to hold. */
interface World {
  readonly records: Records;
  readonly other: Records;
  readonly snapshots: ReadonlyMap<string, Records>;
}

/** One call of a life. */
interface Step {
  readonly name: string;
  /** Returns the sequence of the write, if it is one. */
  run(opened: Opened): Promise<number | undefined>;
  /** What it does once it is applied; `version` is undefined when nobody was told. */
  effect?(world: World, version: number | undefined): World;
}

/** Operations that fail in a row at most. */
const FAULTS_MAX = 12;

/** How a life ended. */
export type LifeEnd = "closed" | "stopped" | "power off";

/**
 * A store that is put through a script, and the states it may be in: one as long as all goes well; after a call that failed
 * also the one in which that call was done whole.
 */
export class Life {
  worlds: World[] = [{ records: new Map(), other: new Map(), snapshots: new Map() }];
  readonly #env: FaultyEnv;
  readonly #options: DirectoryOptions;
  #opened: Opened | undefined;

  constructor(env: FaultyEnv, options: DirectoryOptions = {}) {
    this.#env = env;
    this.#options = options;
  }

  /** Goes through the script until it is done, the store stops or the power is off. The store is closed then. */
  async run(): Promise<LifeEnd> {
    let end: LifeEnd = "closed";
    for (const step of SCRIPT) {
      end = await this.#take(step);
      if (end !== "closed") break;
    }
    await this.#opened?.directory.close().catch(assertHonest);
    return end === "closed" && (await isOff(this.#env)) ? "power off" : end;
  }

  /** Checks that a store holds one of the states it may be in, and remembers which. */
  check({ directory }: Opened): void {
    const differences = this.worlds.map((world) => readDespiteFaults(() => worldDifference(world, directory)));
    const matching = this.worlds.filter((_, i) => differences[i] === undefined);
    if (matching.length === 0) expect.fail(`no state it may be in: ${differences.join("; or ")}`);
    this.worlds = matching;
  }

  async #take(step: Step): Promise<LifeEnd> {
    try {
      this.#opened ??= await openSmall(this.#env, this.#options);
      if (step.name === "reopen") return await this.#reopen();
      const version = await step.run(this.#opened);
      this.worlds = this.worlds.map((world) => step.effect?.(world, version) ?? world);
    } catch (error) {
      assertHonest(error);
      if (await isOff(this.#env)) {
        this.#fork(step);
        return "power off";
      }
      // A store that could not be opened is opened by the next step.
      if (this.#opened === undefined) return "closed";
      if (!error.reason.startsWith("SNAPSHOT_")) this.#fork(step);
      if (error.reason === "STORE_STOPPED") return "stopped";
    }
    try {
      if (this.#opened !== undefined) this.check(this.#opened);
      return "closed";
    } catch (error) {
      // Vectors on the disk cannot be read any more.
      if (error instanceof StorageError && (await isOff(this.#env))) return "power off";
      throw error;
    }
  }

  async #reopen(): Promise<LifeEnd> {
    const opened = this.#opened!;
    this.#opened = undefined;
    await opened.directory.close().catch(assertHonest);
    if (await isOff(this.#env)) return "power off";
    this.#opened = await openSmall(this.#env, this.#options);
    this.check(this.#opened);
    return "closed";
  }

  #fork(step: Step): void {
    if (step.effect === undefined) return;
    this.worlds = [...this.worlds, ...this.worlds.map((world) => step.effect!(world, undefined))];
  }
}

/** Vectors on the disk may meet the fault of a test, which has to be one that the next read does not meet. */
function readDespiteFaults<T>(read: () => T): T {
  for (let failures = 0; ; failures++) {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof StorageError) || failures >= FAULTS_MAX) throw error;
    }
  }
}

function worldDifference(world: World, directory: Opened["directory"]): string | undefined {
  const found = difference(world.records, dump(directory));
  if (found !== undefined) return found;
  if (directory.catalog.byName("other") === undefined) return world.other.size === 0 ? undefined : "no other namespace";
  return difference(world.other, dump(directory, "other"));
}

function upsert(from: number, count: number, salt: number): Step {
  const records = makeMixedRecords(from, count, salt);
  return {
    name: `upsert ${from}..${from + count - 1} salt ${salt}`,
    run: async ({ store }) => (await store.upsert(records)).sequence,
    effect: (world, version) => ({ ...world, records: written(world.records, records, version) }),
  };
}

function upsertOther(from: number, count: number, salt: number): Step {
  const records = makeMixedRecords(from, count, salt);
  return {
    name: `upsert other ${from}`,
    run: async ({ directory }) => {
      if (directory.catalog.byName("other") === undefined) {
        const config = {
          dimension: 4,
          metric: "dot",
          m: 4,
          efConstruction: 16,
          quantization: "int8",
          textAnalyzer: "standard",
        } as const;
        await directory.createNamespace({ name: "other", config, description: "", labels: {} });
      }
      return (await storeOf(directory, "other").upsert(records)).sequence;
    },
    effect: (world, version) => ({ ...world, other: written(world.other, records, version) }),
  };
}

function written(before: Records, records: readonly RecordInput[], version: number | undefined): Records {
  const after = new Map(before);
  for (const record of records) {
    const { id, expiresAtMs } = record;
    after.set(id, { content: contentOf(record), soft: false, version, expiresAtMs });
  }
  return after;
}

/** As `upsert`, of records whose time has passed: they are there, unseen, until something removes them. */
function upsertExpired(from: number, count: number, salt: number): Step {
  const records = makeMixedRecords(from, count, salt).map((record) => ({ ...record, expiresAtMs: 1_000 + salt }));
  return {
    name: `upsert expired ${from}..${from + count - 1} salt ${salt}`,
    run: async ({ store }) => (await store.upsert(records)).sequence,
    effect: (world, version) => ({ ...world, records: written(world.records, records, version) }),
  };
}

function withoutExpired(world: World): World {
  const kept = [...world.records].filter(([, { expiresAtMs }]) => expiresAtMs === undefined);
  return { ...world, records: new Map(kept) };
}

function target(kind: "delete" | "softDelete" | "restore", from: number, count: number): Step {
  const ids = Array.from({ length: count }, (_, i) => `r${from + i}`);
  return {
    name: `${kind} ${from}..${from + count - 1}`,
    run: async ({ store }) => (await store[kind]({ ids })).sequence,
    effect: (world, version) => {
      const records = new Map(world.records);
      for (const id of ids) {
        const record = records.get(id);
        if (record !== undefined) changed(records, id, record, kind, version);
      }
      return { ...world, records };
    },
  };
}

function changed(
  records: Map<string, Expected>,
  id: string,
  record: Expected,
  kind: "delete" | "softDelete" | "restore",
  version: number | undefined,
): void {
  if (kind === "delete") records.delete(id);
  else if (kind === "softDelete") records.set(id, { ...record, soft: true });
  else if (record.soft) records.set(id, { ...record, soft: false, version });
}

function snapshot(name: string): Step {
  return {
    name: `snapshot ${name}`,
    run: async ({ store }) => void (await store.createSnapshot(name)),
    effect: (world) => ({ ...world, snapshots: new Map([...world.snapshots, [name, world.records]]) }),
  };
}

function restoreSnapshot(name: string): Step {
  return {
    name: `restore snapshot ${name}`,
    run: async ({ store }) => void (await store.restoreSnapshot(name)),
    effect: (world) => ({ ...world, records: world.snapshots.get(name) ?? world.records }),
  };
}

function call(name: string, run: (opened: Opened) => Promise<unknown>): Step {
  return { name, run: async (opened) => void (await run(opened)) };
}

const checkpoint = call("checkpoint", ({ directory }) => directory.checkpointer.now());
const expire: Step = {
  name: "expire",
  run: async ({ directory }) => void (await directory.expirer.expire(directory.namespaceByName("default"))),
  effect: withoutExpired,
};
const compact: Step = { ...call("compact", ({ store }) => store.compact()), effect: withoutExpired };
const reopen = call("reopen", async () => undefined);
const removeSnapshot = (name: string): Step =>
  call(`delete snapshot ${name}`, ({ store }) => store.deleteSnapshot(name));

/** Meets every kind of entry, file and maintenance, twice where a second time differs. */
const SCRIPT: readonly Step[] = [
  upsert(0, 20, 0),
  upsertOther(0, 5, 1),
  upsert(20, 40, 1),
  upsertExpired(200, 8, 4),
  target("softDelete", 0, 6),
  target("delete", 6, 4),
  checkpoint,
  upsert(10, 10, 2),
  expire,
  upsertExpired(204, 8, 6),
  snapshot("one"),
  upsertOther(3, 5, 2),
  upsert(60, 20, 3),
  target("restore", 0, 3),
  compact,
  upsert(50, 20, 4),
  restoreSnapshot("one"),
  upsert(5, 10, 5),
  upsertExpired(15, 5, 3),
  reopen,
  expire,
  upsertOther(1, 2, 3),
  target("restore", 2, 4),
  checkpoint,
  upsert(90, 30, 6),
  target("delete", 40, 30),
  removeSnapshot("one"),
  compact,
  snapshot("two"),
  target("softDelete", 90, 15),
  restoreSnapshot("two"),
  restoreSnapshot("two"),
  upsert(100, 20, 7),
  checkpoint,
  checkpoint,
  upsert(0, 5, 8),
  reopen,
  upsert(2, 5, 9),
];

async function isOff(env: FaultyEnv): Promise<boolean> {
  // The first probe may be the operation at which the power goes.
  await env.exists("anything").catch(() => undefined);
  return env.exists("anything").then(
    () => false,
    () => true,
  );
}
