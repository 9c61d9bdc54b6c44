import { type ExportOptions, type StoredRecord, VecStoreError } from "@vecstore/client";
import { describe, expect, it } from "vitest";
import { ManualWaits } from "../../testing/manual-waits.js";
import { exportRecords } from "./exporter.js";

const IDS = ["a", "b", "é", "\u{1F600}", "\uffff"]
  .map((id, at) => ({ id, at }))
  .sort((one, other) => Buffer.compare(Buffer.from(one.id), Buffer.from(other.id)));

/**
 * A server whose chunks have two records each, and that breaks off after so many of them, each time counted from the resumption on. The
 * token of a chunk is the number of records up to its end; that of a chunk that was not read whole has not come.
 */
function breakingServer(
  breaks: number[],
  error = new VecStoreError({ code: "unavailable", reason: "CONNECTION_LOST", message: "" }),
) {
  const asked: (string | undefined)[] = [];
  const handle = {
    export({ resumeToken }: ExportOptions) {
      asked.push(resumeToken);
      const from = Number(resumeToken ?? 0);
      const limit = breaks.shift() ?? Number.POSITIVE_INFINITY;
      let token = resumeToken;
      return {
        get resumeToken() {
          return token;
        },
        async *[Symbol.asyncIterator](): AsyncGenerator<StoredRecord> {
          for (let at = from; at < IDS.length; at++) {
            if (at - from >= limit) throw error;
            yield { id: IDS[at]!.id, version: 1 };
            if (at % 2 === 1) token = String(at + 1);
          }
        },
      };
    },
  };
  return { handle: handle as unknown as Parameters<typeof exportRecords>[0], asked };
}

async function idsOf(records: AsyncIterable<StoredRecord>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of records) ids.push(id);
  return ids;
}

describe("exportRecords", () => {
  it("gives each record once, in the order of their bytes, however often the connection breaks off", async () => {
    const { handle, asked } = breakingServer([0, 3, 1]);
    const told: string[] = [];
    const options = {
      patienceMs: 60_000,
      clock: new ManualWaits(),
      onReconnect: ({ reason }: VecStoreError) => void told.push(reason),
    };
    expect(await idsOf(exportRecords(handle, options))).toEqual(IDS.map(({ id }) => id));
    expect([asked, told]).toEqual([
      [undefined, undefined, "2", "2"],
      ["CONNECTION_LOST", "CONNECTION_LOST", "CONNECTION_LOST"],
    ]);
  });

  it("throws what does not pass by itself, and what lasts too long", async () => {
    const denied = new VecStoreError({ code: "permission_denied", reason: "PERMISSION_DENIED", message: "" });
    const onReconnect = () => {};
    const refused = breakingServer([1], denied);
    await expect(
      idsOf(exportRecords(refused.handle, { patienceMs: 60_000, onReconnect, clock: new ManualWaits() })),
    ).rejects.toBe(denied);
    const lost = breakingServer([1]);
    await expect(
      idsOf(exportRecords(lost.handle, { patienceMs: 0, onReconnect, clock: new ManualWaits() })),
    ).rejects.toMatchObject({
      reason: "CONNECTION_LOST",
    });
  });
});
