import { vectorAt } from "./words.mjs";

/**
 * Words as records: the word is the id.
 *
 * @param {import("./words.mjs").Words} words
 */
export function* wordRecords(words) {
  for (const [at, word] of words.words.entries()) {
    const metadata = { word, length: [...word].length, rank: words.ranks[at], initial: [...word][0] };
    yield { id: word, vector: vectorAt(words, at), metadata };
  }
}
