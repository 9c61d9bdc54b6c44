import { VecstoreError } from "../errors.js";
import type { Random } from "../storage/random.js";
import { contentOf, type Expected, makeMixedRecord, type Opened, type Records } from "./life-fixture.cases.js";

/** Ids of one writer: few, so that it meets its own records again. */
const IDS = 60;
const BATCH_MAX = 6;

/** One of several writers of a store. Its ids are its own, so that it knows what they hold whatever the others do. */
export class Writer {
  readonly #name: string;
  readonly #random: Random;
  #done: Records = new Map();
  #pending: Records | undefined;
  acknowledged = 0;

  constructor(name: string, random: Random) {
    this.#name = name;
    this.#random = random;
  }

  /** What its ids may hold: what was acknowledged, or that and the call under way. */
  get expected(): Records[] {
    return this.#pending === undefined ? [this.#done] : [this.#done, this.#pending];
  }

  owns(id: string): boolean {
    return id.startsWith(`${this.#name}-`);
  }

  /** Writes until `goOn` says no or the store does. @returns the error that ended it */
  async run(opened: Opened, goOn: () => boolean): Promise<unknown> {
    try {
      while (goOn()) await this.#write(opened);
      return undefined;
    } catch (error) {
      if (error instanceof VecstoreError && error.reason === "DISK_FULL") this.#pending = undefined;
      return error;
    }
  }

  async #write({ store }: Opened): Promise<void> {
    const ids = this.#pickIds();
    const choice = this.#random();
    if (choice < 0.6) {
      const records = ids.map((id) => makeMixedRecord(id, Math.floor(this.#random() * 1_000)));
      const effect = (version?: number) => (after: Map<string, Expected>) => {
        for (const record of records) after.set(record.id, { content: contentOf(record), soft: false, version });
      };
      return this.#take(async () => (await store.upsert(records)).sequence, effect);
    }
    const kind = choice < 0.75 ? "delete" : choice < 0.9 ? "softDelete" : "restore";
    const effect = (version?: number) => (after: Map<string, Expected>) => {
      for (const id of ids) {
        const record = after.get(id);
        if (record === undefined) continue;
        if (kind === "delete") after.delete(id);
        else if (kind === "softDelete") after.set(id, { ...record, soft: true });
        else if (record.soft) after.set(id, { ...record, soft: false, version });
      }
    };
    return this.#take(async () => (await store[kind]({ ids })).sequence, effect);
  }

  async #take(
    call: () => Promise<number>,
    effect: (version?: number) => (after: Map<string, Expected>) => void,
  ): Promise<void> {
    this.#pending = changed(this.#done, effect());
    const version = await call();
    this.#done = changed(this.#done, effect(version));
    this.#pending = undefined;
    this.acknowledged++;
  }

  #pickIds(): string[] {
    const count = 1 + Math.floor(this.#random() * BATCH_MAX);
    const ids = Array.from({ length: count }, () => `${this.#name}-${Math.floor(this.#random() * IDS)}`);
    return [...new Set(ids)];
  }
}

function changed(before: Records, change: (after: Map<string, Expected>) => void): Records {
  const after = new Map(before);
  change(after);
  return after;
}
