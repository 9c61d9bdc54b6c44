import type { JsonObject } from "@bufbuild/protobuf";
import type { TestServer } from "./server.js";

/** What a round trip is made of. */
export const TRANSFER_COUNT = 20_000;
const BATCH = 1_000;

/** The id of a record by its number; ids sort as the numbers do. */
export const transferId = (n: number): string => `r${String(n).padStart(5, "0")}`;

/**
 * A record as protobuf's JSON: each has a vector of f32 with a tiny and a huge number and, in every second one, -0; some a
 * sparse vector, a text, an expiry.
 */
export function transferRecord(n: number): JsonObject {
  const noise = Math.fround(Math.sin(n * 12.9898) * 43_758.5453);
  return {
    id: transferId(n),
    vector: [noise, n % 2 === 0 ? -0 : 1.401298464324817e-45, Math.fround(1e15 / (n + 1)), n],
    metadata: { n, kind: n % 3 === 0 ? "third" : "other", nested: { "é\n": [n / 7, null, true, "\u2028"] } },
    ...(n % 5 === 0 && { sparse: { indices: [n, 4_294_967_295], values: [Math.fround(0.1), -n - 1] } }),
    ...(n % 7 === 0 && { text: `text ${n} 😀` }),
    ...(n % 11 === 0 && { expires_at: "9999-12-31T23:59:59.123Z" }),
  };
}

/** All records, the first `count` of them. */
export const transferRecords = (count = TRANSFER_COUNT): JsonObject[] =>
  Array.from({ length: count }, (_, n) => transferRecord(n));

/** Writes them, the last first. */
export async function fillForTransfer(server: TestServer, namespace: string): Promise<void> {
  await server.ask("NamespaceService.CreateNamespace", { name: namespace, config: { metric: "METRIC_EUCLIDEAN" } });
  for (let first = TRANSFER_COUNT - BATCH; first >= 0; first -= BATCH) {
    const records = Array.from({ length: BATCH }, (_, at) => transferRecord(first + at));
    await server.ask("Upsert", { namespace, records });
  }
}
