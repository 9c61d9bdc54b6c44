import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { RecordSchema } from "../gen/vecstore/v1/record_pb.js";
import { ExportResponseSchema } from "../gen/vecstore/v1/transfer_pb.js";
import { exportLines, recordLine } from "./export-lines.js";

const lineOf = (record: MessageInitShape<typeof RecordSchema>) => recordLine(create(RecordSchema, record));

async function linesOf(...messages: MessageInitShape<typeof ExportResponseSchema>[]): Promise<string[]> {
  const all = [];
  const made = messages.map((message) => create(ExportResponseSchema, message));
  for await (const line of exportLines(
    (async function* () {
      yield* made;
    })(),
  ))
    all.push(line);
  return all;
}

describe("a record's line", () => {
  it("has the parts that the record has", () => {
    expect(lineOf({ id: "a", version: 7n })).toBe('{"id":"a","version":7}');
    const whole = { id: "é\n", text: "", metadata: { n: null }, expiresAt: { seconds: 1n, nanos: 0 }, version: 1n };
    expect(JSON.parse(lineOf({ ...whole, sparse: { indices: [1], values: [2] } }))).toEqual({
      id: "é\n",
      text: "",
      metadata: { n: null },
      expires_at: "1970-01-01T00:00:01Z",
      sparse: { indices: [1], values: [2] },
      version: 1,
    });
  });

  it("keeps each bit of a vector", () => {
    const vector = Array.from(Float32Array.of(0.1, -0, 0, 1e-45, 3.4028234e38, -1e-7));
    const { vector: read } = JSON.parse(lineOf({ id: "a", vector }));
    expect(read).toEqual(vector);
    expect(read.map((value: number) => Object.is(value, -0))).toEqual([false, true, false, false, false, false]);
  });
});

describe("the lines of an export", () => {
  it("are records, a mark after each chunk, and an end that counts them", async () => {
    const chunk = (ids: string[], resumeToken: string) => ({
      records: ids.map((id) => ({ id })),
      resumeToken,
      sequence: 9n,
    });
    expect(await linesOf(chunk(["a", "b"], "t1"), chunk(["c"], "t2"))).toEqual([
      '{"id":"a","version":0}',
      '{"id":"b","version":0}',
      '{"resume_token":"t1","sequence":9}',
      '{"id":"c","version":0}',
      '{"resume_token":"t2","sequence":9}',
      '{"complete":true,"records":3,"sequence":9}',
    ]);
  });
});
