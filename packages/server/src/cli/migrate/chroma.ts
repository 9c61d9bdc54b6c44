import { type Foreign, type ForeignPage, type ForeignPlace, listIn, objectIn, splitText } from "./foreign.js";
import type { HttpJson } from "./http-json.js";

/** Chroma, by its API v2: documents become texts. */
export const CHROMA: Foreign = {
  name: "chroma",
  pointsIn: rowsIn,
  fieldsOf(point, { textField }) {
    const { id, embedding, metadata, document } = objectIn(point);
    const split = splitText(metadata, textField);
    return {
      id,
      ...(embedding !== null && embedding !== undefined && { vector: embedding }),
      ...(document !== null && document !== undefined && { text: document }),
      ...split,
    };
  },
  pages,
  async count(http, place) {
    const answer = await http.get(`${await collectionPath(http, place)}/count`);
    return typeof answer === "number" ? answer : undefined;
  },
  keyHeader: (key) => ({ "x-chroma-token": key }),
};

/** Chroma answers in columns; nested once more when they are the answer of a query. */
function rowsIn(json: unknown): readonly unknown[] | undefined {
  const { ids, embeddings, metadatas, documents } = objectIn(json);
  const all = listIn(ids);
  if (all === undefined) return undefined;
  return all.map((id, at) => ({
    id,
    embedding: listIn(embeddings)?.[at],
    metadata: listIn(metadatas)?.[at],
    document: listIn(documents)?.[at],
  }));
}

async function* pages(http: HttpJson, place: ForeignPlace): AsyncGenerator<ForeignPage, void, undefined> {
  const path = `${await collectionPath(http, place)}/get`;
  const include = ["embeddings", "metadatas", "documents"];
  // Pages are by position, so those that are done need not be asked for.
  if (place.after > 0) yield { count: place.after, points: undefined };
  for (let offset = place.after; ; ) {
    const answer = await http.post(path, { limit: place.pageSize, offset, include });
    const points = rowsIn(answer);
    if (points === undefined) throw new Error(`${path} answered without ids; is this Chroma?`);
    // Only an empty page is the last: a server may give fewer than it was asked for.
    if (points.length === 0) return;
    yield { count: points.length, points };
    offset += points.length;
  }
}

/** By the id of the collection, which its name finds. */
async function collectionPath(http: HttpJson, { tenant, database, collection }: ForeignPlace): Promise<string> {
  const collections = `/api/v2/tenants/${encodeURIComponent(tenant)}/databases/${encodeURIComponent(database)}/collections`;
  const { id } = objectIn(await http.get(`${collections}/${encodeURIComponent(collection)}`));
  if (typeof id !== "string") throw new Error(`${collections}/${collection} answered without an id; is this Chroma?`);
  return `${collections}/${encodeURIComponent(id)}`;
}
