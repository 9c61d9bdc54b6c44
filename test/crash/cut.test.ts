import { type EngineEvent, MemoryEnv, VecStore } from "@vecstore/engine";
import { describe, expect, it } from "vitest";

const RECORDS = 8;
/** How many of the last records the cuts go through. */
const RECORDS_CUT = 3;

function copyWithout(env: MemoryEnv, path: string, length: number): MemoryEnv {
  const copy = new MemoryEnv();
  for (const name of env.paths()) copy.writeFile(name, env.readFile(name));
  copy.writeFile(path, env.readFile(path).subarray(0, length));
  return copy;
}

/** A store that was never closed, and the length of its log after each record. */
async function createImage(): Promise<{ env: MemoryEnv; log: string; ends: number[]; store: VecStore }> {
  const env = new MemoryEnv();
  const store = await VecStore.open("data", { env, threads: 0, dimension: 2 });
  const log = env.paths().find((path) => path.endsWith(".log"))!;
  const ends = [env.readFile(log).length];
  for (let i = 0; i < RECORDS; i++) {
    await store.upsert([{ id: `r${i}`, vector: [i, 1], metadata: { i } }]);
    ends.push(env.readFile(log).length);
  }
  return { env, log, ends, store };
}

describe("a log that is cut", () => {
  it("at any byte of its last records gives the whole records before, and takes more", async () => {
    const { env, log, ends, store } = await createImage();
    const first = ends[RECORDS - RECORDS_CUT]!;
    for (let length = first; length <= ends[RECORDS]!; length++) {
      const image = copyWithout(env, log, length);
      const events: EngineEvent[] = [];
      const onEvent = (event: EngineEvent) => events.push(event);
      const opened = await VecStore.open("data", { env: image, threads: 0, onEvent });
      const whole = ends.findLastIndex((end) => end <= length);
      const { records } = await opened.list({ includeVector: true });
      expect(
        records.map(({ id, vector, metadata }) => ({ id, vector: [...vector!], metadata })),
        `${length} bytes`,
      ).toEqual(Array.from({ length: whole }, (_, i) => ({ id: `r${i}`, vector: [i, 1], metadata: { i } })));
      const cut = events.find((event) => event.kind === "log_cut");
      if (ends.includes(length)) expect(cut).toBeUndefined();
      else expect(cut).toMatchObject({ file: log, bytes: length - ends[whole]! });
      const { sequence } = await opened.upsert([{ id: "next", vector: [5, 5] }]);
      expect(sequence).toBe(whole + 1);
      await opened.close();
    }
    await store.close();
  });
});
