/** A word begins with a letter or a number; marks, such as the vowel signs of Hindi, go on with it. */
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;

const UNSPACED =
  "\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}\\p{scx=Myanmar}";
/** Scripts that put no spaces between words. */
const HAS_UNSPACED = new RegExp(`[${UNSPACED}]`, "u");
/** Runs of such scripts, and what stands between them. */
const RUNS = new RegExp(`[${UNSPACED}]+|[^${UNSPACED}]+`, "gu");

let segmenter: Intl.Segmenter | undefined;

/**
 * The words of a piece of text, folded: NFKC, then lower case.
 *
 * @param piece  at most a few hundred characters: `Intl.Segmenter`, which cuts runs of scripts without spaces, takes more than
 *               linear time
 */
export function wordsOf(piece: string): string[] {
  const words: string[] = [];
  for (const [word] of piece.normalize("NFKC").toLowerCase().matchAll(WORD)) {
    if (HAS_UNSPACED.test(word)) cutUnspaced(word, words);
    else words.push(word);
  }
  return words;
}

function cutUnspaced(word: string, words: string[]): void {
  for (const [run] of word.matchAll(RUNS)) {
    if (HAS_UNSPACED.test(run)) words.push(...segmentsOf(run));
    else words.push(run);
  }
}

/** The locale is fixed, so that terms do not depend on where a program runs. */
function segmentsOf(run: string): string[] {
  // Browsers had none until 2024; characters are then terms of their own.
  if (typeof Intl.Segmenter === "undefined") return Array.from(run);
  segmenter ??= new Intl.Segmenter("en", { granularity: "word" });
  return Array.from(segmenter.segment(run), ({ segment }) => segment);
}
