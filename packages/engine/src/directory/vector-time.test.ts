import { describe, expect, it } from "vitest";
import { MemoryEnv } from "../storage/memory-env.js";
import { createRandom } from "../storage/random.js";
import { makeRecord, type Opened, openSmall, storeOf } from "./life-fixture.cases.js";
import { completeConfig } from "./open-directory.js";
import { restoreAsNamespace } from "./restore-as-namespace.js";
import { aggregateUsage, usageOf } from "./usage.js";

const SEED = 90_210;
const NEVER = Number.POSITIVE_INFINITY;

/** A disk whose clock goes only as a test says. */
class Disk {
  nowMs = 1_700_000_000_000;
  env = this.#create();

  #create(): MemoryEnv {
    const random = createRandom(5);
    return new MemoryEnv({
      now: () => this.nowMs,
      startTimer: () => () => undefined,
      randomBytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(random() * 256)),
    });
  }

  /** Goes on with what is on the disk, as after a kill. */
  async kill(): Promise<void> {
    const before = this.env;
    this.env = this.#create();
    for (const path of before.paths()) this.env.writeFile(path, before.readFile(path));
    for (const directory of before.directories()) await this.env.makeDirectory(directory);
  }
}

/** Counts what is stored, millisecond by millisecond: when each record ends by itself. */
class Recount {
  records = new Map<string, number>();
  vectorMs = 0n;

  pass(fromMs: number, untilMs: number): void {
    for (const endsMs of this.records.values()) {
      this.vectorMs += BigInt(Math.max(0, Math.min(endsMs, untilMs) - fromMs));
    }
  }
}

const idsFrom = (from: number, count: number) => Array.from({ length: count }, (_, i) => `r${(from + i) % 120}`);

const usage = ({ directory }: Opened, name = "default") => usageOf(directory, directory.namespaceByName(name));

describe("vector-time", () => {
  it(`equals a recount at any moment of a random life with kills, restores and expiry, seed ${SEED}`, async () => {
    const random = createRandom(SEED);
    const disk = new Disk();
    const recount = new Recount();
    let opened = await openSmall(disk.env);
    let snapshot: Map<string, number> | undefined;
    let kills = 0;
    for (let step = 0; step < 400; step++) {
      const { store, directory } = opened;
      const ids = idsFrom(Math.floor(random() * 120), 1 + Math.floor(random() * 30));
      const choice = random();
      if (choice < 0.4) {
        // Some in the past, some soon, some never.
        const endsMs = random() < 0.5 ? NEVER : disk.nowMs - 50 + Math.floor(random() * 600);
        const expiresAtMs = endsMs === NEVER ? undefined : endsMs;
        await store.upsert(ids.map((id) => ({ ...makeRecord(id, step), expiresAtMs })));
        for (const id of ids) recount.records.set(id, endsMs);
      } else if (choice < 0.5) await store.softDelete({ ids });
      else if (choice < 0.6) await store.restore({ ids });
      else if (choice < 0.7) {
        await store.delete({ ids });
        for (const id of ids) recount.records.delete(id);
      } else if (choice < 0.75) await directory.expirer.expire(directory.namespaceByName("default"));
      else if (choice < 0.8) await store.compact();
      else if (choice < 0.84) await directory.checkpointer.now();
      else if (choice < 0.87) {
        if (snapshot !== undefined) await store.deleteSnapshot("s");
        await store.createSnapshot("s");
        snapshot = new Map(recount.records);
      } else if (choice < 0.9 && snapshot !== undefined) {
        await store.restoreSnapshot("s");
        recount.records = new Map(snapshot);
      } else if (choice < 0.94) {
        await disk.kill();
        await directory.close();
        opened = await openSmall(disk.env);
        kills++;
      }
      const fromMs = disk.nowMs;
      disk.nowMs += random() < 0.2 ? 0 : Math.floor(random() * 100);
      recount.pass(fromMs, disk.nowMs);
      const found = await usage(opened);
      expect([found.vectorMilliseconds, found.atMs], `step ${step}`).toEqual([recount.vectorMs, disk.nowMs]);
    }
    expect(kills).toBeGreaterThan(5);
    expect((await usage(opened)).vectorMilliseconds).toBeGreaterThan(100_000n);
    await opened.directory.close();
  });

  it("goes on while the store is closed, and counts an expiry in that time at its moment", async () => {
    const disk = new Disk();
    const first = await openSmall(disk.env);
    const endsMs = disk.nowMs + 1_000;
    await first.store.upsert([makeRecord("a", 1), { ...makeRecord("b", 1), expiresAtMs: endsMs }]);
    await first.directory.close();
    disk.nowMs += 5_000;
    const second = await openSmall(disk.env);
    expect((await usage(second)).vectorMilliseconds).toBe(6_000n);
    // The entry that removes it changes nothing of that.
    await second.directory.expirer.expire(second.directory.namespaceByName("default"));
    expect((await usage(second)).vectorMilliseconds).toBe(6_000n);
    disk.nowMs += 10;
    expect((await usage(second)).vectorMilliseconds).toBe(6_010n);
    await second.directory.close();
  });

  it("of a namespace made of a snapshot begins with it, also after a kill; its writes do too", async () => {
    const disk = new Disk();
    const opened = await openSmall(disk.env);
    await opened.store.upsert([makeRecord("a", 1), makeRecord("b", 1), makeRecord("c", 1)]);
    await opened.store.createSnapshot("s");
    disk.nowMs += 7_000;
    await restoreAsNamespace(opened.directory, opened.directory.namespaceByName("default"), "s", "copy");
    disk.nowMs += 100;
    expect(await usage(opened, "copy")).toMatchObject({ vectorMilliseconds: 300n, writesTotal: 0 });
    await disk.kill();
    await opened.directory.close();
    for (let opening = 1; opening <= 2; opening++) {
      const again = await openSmall(disk.env);
      disk.nowMs += 100;
      expect(await usage(again, "copy")).toMatchObject({
        vectorMilliseconds: BigInt(300 + 300 * opening),
        writesTotal: 0,
      });
      await again.directory.close();
    }
  });

  it("is summed over namespaces, and beyond what a double holds", async () => {
    const disk = new Disk();
    const opened = await openSmall(disk.env);
    await opened.directory.createNamespace({
      name: "other",
      config: completeConfig({ dimension: 4 }),
      description: "",
      labels: {},
    });
    await opened.store.upsert([makeRecord("a", 1), makeRecord("b", 1)]);
    await storeOf(opened.directory, "other").upsert([makeRecord("a", 1)]);
    const { state } = opened.directory.namespaceByName("other");
    state.vectorMs += 2n ** 60n + 1n;
    disk.nowMs += 1;
    const { usage: all } = await aggregateUsage(opened.directory);
    expect([all.vectorMilliseconds, all.atMs]).toEqual([2n ** 60n + 4n, disk.nowMs]);
    await opened.directory.close();
    const again = await openSmall(disk.env);
    expect((await usage(again, "other")).vectorMilliseconds).toBe(2n ** 60n + 2n);
    await again.directory.close();
  });
});
