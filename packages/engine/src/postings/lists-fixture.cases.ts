import { HEAD_WORDS, type PostingKeys, PostingLists } from "./posting-lists.js";
import { WordPool } from "./word-pool.js";

/** Posting lists in a pool of their own, so many of them. */
export function createLists(keys: PostingKeys, count: number) {
  const pool = new WordPool();
  const heads = Array.from({ length: count }, () => {
    const head = pool.take(HEAD_WORDS);
    pool.chunkOf(head).fill(0, pool.offsetOf(head), pool.offsetOf(head) + HEAD_WORDS);
    return head;
  });
  return { pool, lists: new PostingLists(pool, keys), heads };
}
