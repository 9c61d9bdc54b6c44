import { describe, expect, it } from "vitest";
import { digestQuery } from "./query-digest.js";

const digest = (query: object, state = "1.1.5.undefined") => digestQuery(state, query).toString("hex");
const compare = (value: unknown) => ({ filter: { kind: "compare", path: ["a"], operator: "=", value } });

describe("the digest of a query", () => {
  it("is that of its numbers, in whatever form they come, and of nothing that ends it", () => {
    const whole = new Float32Array([9, 1, 0.1, 3]);
    const asked = { vector: whole.subarray(1), limit: 10 };
    expect(digest({ vector: [1, 0.1, 3], limit: 10 })).toBe(digest(asked));
    expect(
      digest({ ...asked, signal: new AbortController().signal, deadlineMs: 7, observer: { onExplain: () => {} } }),
    ).toBe(digest(asked));
  });

  it("differs with everything that is asked, and with the state", () => {
    const vector = new Float32Array([1, 2]);
    const queries: readonly object[] = [
      {},
      { vector },
      { vector: new Float32Array([1, 2, 0]) },
      { vector: new Float32Array([1, -0]) },
      { vector: new Float32Array([1, 0]) },
      { vector, limit: 10 },
      { vector, offset: 10 },
      { vector, limit: 10, includeVector: true },
      { vector, limit: 10, filter: compare(1).filter },
      { text: "a" },
      { id: "a" },
      { text: "a", id: "" },
      { sparse: { indices: [1, 2], values: [1, 2] } },
      { sparse: { indices: [1], values: [2, 1, 2] } },
      ...[null, Number.NaN, Number.POSITIVE_INFINITY, 0, -0, "0", "", false].map(compare),
    ];
    const digests = queries.map((query) => digest(query));
    expect(new Set(digests).size).toBe(queries.length);
    expect(digest({ vector }, "1.1.6.undefined")).not.toBe(digest({ vector }));
  });
});
