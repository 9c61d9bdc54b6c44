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

/** Ids of a page: what a list gives at most. */
const PAGE_MAX = 100;
/** Characters of ids in the address of a fetch; longer addresses are refused on the way. */
const ADDRESS_CHARS_MAX = 4_000;

/** The version whose published form third_party/pinecone has. */
const API_VERSION = "2026-04";
/** The other name of the namespace without one. */
const DEFAULT_NAMESPACE = "__default__";

/** Pinecone, by the lists of ids that serverless indexes have, and fetches of them. */
export const PINECONE: Foreign = {
  name: "pinecone",
  pointsIn(json) {
    const { vectors } = objectIn(json);
    return listIn(vectors) ?? (typeof vectors === "object" && vectors !== null ? Object.values(vectors) : undefined);
  },
  fieldsOf(point, { textField }) {
    const { id, values, sparseValues, sparse_values: sparse = sparseValues, metadata } = objectIn(point);
    const isDense = !Array.isArray(values) || values.length > 0;
    return {
      id,
      ...(isDense && values !== null && values !== undefined && { vector: values }),
      ...(sparse !== null && sparse !== undefined && { sparse: sortedSparse(sparse) }),
      ...splitText(metadata, textField),
    };
  },
  pages,
  async count(http, { namespace }) {
    const { namespaces } = objectIn(await http.post("/describe_index_stats", {}));
    const counts = objectIn(namespaces);
    const isDefault = namespace === "" || namespace === DEFAULT_NAMESPACE;
    const stats = isDefault ? (counts[""] ?? counts[DEFAULT_NAMESPACE]) : counts[namespace];
    return objectIn(stats).vectorCount as number | undefined;
  },
  keyHeader: (key) => ({ "api-key": key, "x-pinecone-api-version": API_VERSION }),
};

async function* pages(http: HttpJson, place: ForeignPlace): AsyncGenerator<ForeignPage, void, undefined> {
  const limit = Math.min(PAGE_MAX, place.pageSize);
  const scope: Record<string, string> = place.namespace === "" ? {} : { namespace: place.namespace };
  let before = 0;
  for (let token: string | undefined; ; ) {
    const query = { ...scope, limit: String(limit), ...(token !== undefined && { paginationToken: token }) };
    const list = objectIn(await http.get(`/vectors/list?${new URLSearchParams(query)}`));
    const ids = (listIn(list.vectors) ?? []).map((each) => String(objectIn(each).id));
    const isDone = before + ids.length <= place.after;
    yield { count: ids.length, points: isDone ? undefined : await fetchPoints(http, ids, scope) };
    before += ids.length;
    const next = objectIn(list.pagination).next;
    if (typeof next !== "string" || next === "") return;
    token = next;
  }
}

/** The points of these ids in their order; one that went meanwhile is left as its id alone. */
async function fetchPoints(http: HttpJson, ids: readonly string[], scope: Record<string, string>): Promise<unknown[]> {
  const points: unknown[] = [];
  for (const some of partsOf(ids)) {
    const query = new URLSearchParams([...some.map((id) => ["ids", id]), ...Object.entries(scope)]);
    const vectors = objectIn(objectIn(await http.get(`/vectors/fetch?${query}`)).vectors);
    points.push(...some.map((id) => (Object.hasOwn(vectors, id) ? vectors[id] : { id })));
  }
  return points;
}

/** As many ids together as an address has room for, one at least. */
function* partsOf(ids: readonly string[]): Generator<string[]> {
  let part: string[] = [];
  let chars = 0;
  for (const id of ids) {
    const more = encodeURIComponent(id).length;
    if (part.length > 0 && chars + more > ADDRESS_CHARS_MAX) {
      yield part;
      part = [];
      chars = 0;
    }
    part.push(id);
    chars += more;
  }
  if (part.length > 0) yield part;
}
