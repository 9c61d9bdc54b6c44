import { stemmer } from "stemmer";

/** Lucene's list for English, with what a word before an apostrophe leaves behind. */
const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to " +
    "was will with s t"
  ).split(" "),
);

/**
 * The term of an English word: its stem; undefined for a stop word.
 *
 * Source: Porter, "An algorithm for suffix stripping" (1980), as the package `stemmer` has it.
 */
export function englishTermOf(word: string): string | undefined {
  return STOP_WORDS.has(word) ? undefined : stemmer(word);
}
