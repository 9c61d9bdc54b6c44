import { ConfigError } from "../../config.js";
import { RowError } from "../formats/row.js";
import {
  type Foreign,
  type ForeignPage,
  type ForeignPlace,
  listIn,
  objectIn,
  sortedSparse,
  splitText,
} from "./foreign.js";
import type { HttpJson } from "./http-json.js";

/** Qdrant, by scrolling: the payload becomes metadata, ids become strings. */
export const QDRANT: Foreign = {
  name: "qdrant",
  pointsIn: (json) =>
    listIn(objectIn(objectIn(json).result).points) ?? listIn(objectIn(json).points) ?? listIn(objectIn(json).result),
  fieldsOf(point, { vectorName, textField }) {
    const { id, payload, vector } = objectIn(point);
    return { id: exactId(id), ...vectorsOf(vector, vectorName), ...splitText(payload, textField) };
  },
  pages,
  async count(http, { collection }) {
    const answer = await http.post(`/collections/${encodeURIComponent(collection)}/points/count`, { exact: true });
    return objectIn(objectIn(answer).result).count as number | undefined;
  },
  keyHeader: (key) => ({ "api-key": key }),
};

async function* pages(http: HttpJson, place: ForeignPlace): AsyncGenerator<ForeignPage, void, undefined> {
  const path = `/collections/${encodeURIComponent(place.collection)}/points/scroll`;
  let before = 0;
  for (let offset: unknown; ; ) {
    const isDone = before + place.pageSize <= place.after;
    const wanted = { with_payload: !isDone, with_vector: !isDone };
    const answer = await http.post(path, { limit: place.pageSize, ...wanted, ...(offset !== undefined && { offset }) });
    const points = QDRANT.pointsIn(answer);
    if (points === undefined) throw new Error(`${path} answered without result.points; is this Qdrant?`);
    yield { count: points.length, points: isDone ? undefined : points };
    before += points.length;
    offset = objectIn(objectIn(answer).result).next_page_offset ?? undefined;
    if (offset === undefined) return;
    if (isInexact(offset)) throw new Error(`the next page cannot be asked for: its id is ${INEXACT}`);
  }
}

const INEXACT = "above 2^53, and numbers of that size are not exact in JSON; give the points smaller ids, or UUIDs";

const isInexact = (id: unknown): boolean => typeof id === "number" && !Number.isSafeInteger(id);

function exactId(id: unknown): unknown {
  if (isInexact(id)) throw new RowError("INVALID_ID", `the id is ${INEXACT}`);
  return id;
}

/** One dense and one sparse vector of a point; a collection may have several by name. */
function vectorsOf(vector: unknown, name: string | undefined): { vector?: unknown; sparse?: unknown } {
  if (vector === null || vector === undefined) return {};
  if (Array.isArray(vector)) return { vector: oneVector(vector) };
  const named = Object.entries(objectIn(vector));
  refuseWithout(name, named);
  const isSparse = (value: unknown) => Array.isArray(objectIn(value).indices);
  const sparse = chosen(
    named.filter(([, value]) => isSparse(value)),
    name,
    "sparse",
  );
  const dense = chosen(
    named.filter(([, value]) => !isSparse(value)),
    name,
    "dense",
  );
  return {
    ...(dense !== undefined && { vector: oneVector(dense) }),
    ...(sparse !== undefined && { sparse: sortedSparse(sparse) }),
  };
}

/** Without the vector that was asked for, another one of the same dimension would take its place unseen. */
function refuseWithout(name: string | undefined, named: readonly (readonly [string, unknown])[]): void {
  if (name === undefined || named.length === 0 || named.some(([each]) => each === name)) return;
  const names = named.map(([each]) => JSON.stringify(each)).join(", ");
  throw new RowError("INVALID_VECTOR", `the point has no vector ${JSON.stringify(name)}; it has ${names}`);
}

function chosen(named: readonly (readonly [string, unknown])[], name: string | undefined, kind: string): unknown {
  const wanted = named.find(([each]) => each === name);
  if (wanted !== undefined) return wanted[1];
  if (named.length <= 1) return named[0]?.[1];
  const names = named.map(([each]) => each).join(", ");
  throw new ConfigError(`points have the ${kind} vectors ${names}, and a record has one: choose by --vector-name`);
}

function oneVector(vector: unknown): unknown {
  if (!Array.isArray(vector) || !Array.isArray(vector[0])) return vector;
  throw new RowError("INVALID_VECTOR", "the point has a vector of several vectors (multivector); a record has one");
}
