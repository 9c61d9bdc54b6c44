// Makes demo/words.bin, which is committed: the 10,000 most frequent words that are letters only.
// Run it by hand: node demo/make-sample.mjs. The licence of the vectors is in demo/NOTICE.
import { fileURLToPath } from "node:url";
import { loadGlove } from "./glove.mjs";
import { vectorAt, writeWords } from "./words.mjs";

const COUNT = 10_000;

const glove = await loadGlove(console.log);
const positions = [];
for (let at = 0; positions.length < COUNT; at++) {
  if (/^[a-z]{2,}$/.test(glove.words[at])) positions.push(at);
}
const vectors = new Float32Array(COUNT * glove.dimension);
for (const [to, from] of positions.entries()) vectors.set(vectorAt(glove, from), to * glove.dimension);
const words = positions.map((at) => glove.words[at]);
const ranks = Uint32Array.from(positions, (at) => glove.ranks[at]);
writeWords(fileURLToPath(new URL("words.bin", import.meta.url)), { dimension: glove.dimension, words, ranks, vectors });
console.log(`demo/words.bin: ${COUNT} words from "${words[0]}" to "${words.at(-1)}"`);
