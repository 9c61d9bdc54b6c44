import type { TextAnalyzer } from "../model/namespace.js";
import { englishTermOf } from "./english.js";

/** How the words of a text become terms. */
export interface Analyzer {
  readonly name: TextAnalyzer;
  /** The term of a word, which is folded already; undefined for none. Absent: each word is a term. */
  readonly termOf?: (word: string) => string | undefined;
}

/** All of them, by name. */
export const ANALYZERS: Readonly<Record<TextAnalyzer, Analyzer>> = {
  standard: { name: "standard" },
  english: { name: "english", termOf: englishTermOf },
};
