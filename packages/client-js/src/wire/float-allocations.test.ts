import { Session } from "node:inspector/promises";
import { expect, it } from "vitest";
import { fromQueryResponse, toQuery } from "../convert/query.js";
import { toUpsert } from "../convert/write.js";
import { QueryRequest, QueryResponse } from "../gen/vecstore/v1/query_pb.js";
import { UpsertRequest } from "../gen/vecstore/v1/write_pb.js";
import { decode } from "./decode.js";
import { encode } from "./encode.js";

const DIMENSION = 1_536;
const RECORDS = 100;
const ROUNDS = 20;
/** Of the heap, where numbers would be objects of 12 bytes or more, or 8 in an array. What a typed array holds is not on it. */
const BYTES_PER_FLOAT_MAX = 1;
const SAMPLING_BYTES = 512;

const vectors = Array.from({ length: RECORDS }, (_, n) =>
  Float32Array.from({ length: DIMENSION }, (_axis, at) => Math.sin(n + at)),
);

/** Bytes of the heap that `work` takes, by V8's sampling profiler of allocations. */
async function allocated(work: () => void): Promise<number> {
  const session = new Session();
  session.connect();
  work();
  await session.post("HeapProfiler.startSampling", {
    samplingInterval: SAMPLING_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  for (let round = 0; round < ROUNDS; round++) work();
  const { profile } = await session.post("HeapProfiler.stopSampling");
  session.disconnect();
  // The types do not know them.
  const { samples } = profile as unknown as { readonly samples: readonly { readonly size: number }[] };
  return samples.reduce((sum, { size }) => sum + size, 0) / ROUNDS;
}

it("the profiler sees what an object for each float would take", async () => {
  const bytes = await allocated(() => {
    kept = vectors.map((vector) => Array.from(vector));
  });
  expect(bytes / (RECORDS * DIMENSION)).toBeGreaterThan(4);
});

it("a write takes no object for each float", async () => {
  const records = vectors.map((vector, n) => ({ id: `r${n}`, vector, metadata: { n } }));
  const bytes = await allocated(() => {
    kept = encode(UpsertRequest, toUpsert(records, { namespace: "n" }));
  });
  expect(bytes / (RECORDS * DIMENSION)).toBeLessThan(BYTES_PER_FLOAT_MAX);
});

it("a query and its answer take no object for each float", async () => {
  const results = vectors.map((vector, n) => ({ id: `r${n}`, score: n, version: n, vector }));
  const answer = encode(QueryResponse, { results });
  const bytes = await allocated(() => {
    kept = [
      encode(QueryRequest, toQuery(vectors[0]!, { limit: RECORDS }, "n")),
      fromQueryResponse(decode(QueryResponse, answer)),
    ];
  });
  expect(bytes / (RECORDS * DIMENSION)).toBeLessThan(BYTES_PER_FLOAT_MAX);
});

/** So that nothing is left out as unused. */
export let kept: unknown;
