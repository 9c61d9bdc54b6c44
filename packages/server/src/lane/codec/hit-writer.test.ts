import { create, toBinary } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { QueryResultSchema } from "../../gen/vecstore/v1/query_pb.js";
import { BackWriter } from "./back-writer.js";
import { type Hit, writeHit } from "./hit-writer.js";

test.each<[string, Hit]>([
  ["nothing", {}],
  ["defaults", { id: "", score: 0, version: 0n, vector: [] }],
  [
    "what most have",
    { id: "ü-1", score: -0.25, distance: 0, version: 300n, metadata: { a: [1, { b: "c" }] }, vector: [] },
  ],
  ["a score of -0", { id: "a", score: -0 }],
  ["a version of 64 bits", { id: "a", version: 2n ** 64n - 1n, metadata: {} }],
])("writes what protobuf-es writes: %s", (_, hit) => {
  const writer = new BackWriter(1);
  expect(writeHit(writer, hit)).toBe(true);
  const theirs = toBinary(QueryResultSchema, create(QueryResultSchema, hit as never));
  expect(writer.finish().toString("hex")).toBe(Buffer.from(theirs).toString("hex"));
});

test.each<[string, Hit]>([
  ["a vector", { id: "a", vector: [1] }],
  ["a text", { id: "a", text: "" }],
  ["an explanation", { id: "a", explain: {} }],
  ["a sparse vector", { id: "a", sparse: {} }],
])("leaves a result that has %s", (_, hit) => {
  const writer = new BackWriter(1);
  expect([writeHit(writer, hit), writer.length]).toEqual([false, 0]);
});

test("knows all fields that a result has", () => {
  const names = ["id", "score", "distance", "version", "metadata", "vector", "text", "explain", "sparse"];
  expect(QueryResultSchema.fields.map(({ localName }) => localName).sort()).toEqual(names.sort());
});
