// Where a search under a filter ends: by distance, as an unfiltered one does.
import { boundPool, poolCount, poolDistance } from "./pool";

/** Share of acceptable nodes around the query from which on an unfiltered walk finds enough of them. */
export const PLAIN_SHARE: f32 = 0.06;
/** Candidates kept at most, for each that is asked for, where distance ends the search. */
const EF_FACTOR: u32 = 4;
/** Where acceptable nodes are scarce, the next ones lie farther by this part of what the stretch is around the query. */
const SCARCE_SLACK: f32 = 1.6;

let rank: u32 = 0;
let stretch: f32 = 0;
let rareStretch: f32 = 0;
let offset: f32 = 0;
/** Distance that the stretch adds around the query; 0 when nothing is known. */
let slack: f32 = 0;

/**
 * Keeps what ends the search.
 *
 * @param ofRank  acceptable node that the others are held against; 0 for no such end
 * @param by      factor of its distance, in a walk of which all nodes are acceptable
 * @param rareBy  the same where PLAIN_SHARE of them are
 * @param from    added to a distance before it is stretched
 */
export function setReach(ofRank: u32, by: f32, rareBy: f32, from: f32): void {
  rank = ofRank;
  stretch = by;
  rareStretch = rareBy;
  offset = from;
  slack = 0;
}

/** Candidates that a pool holds for `ef` that are asked for. */
export function withReach(ef: u32): u32 {
  return rank > 0 ? ef * EF_FACTOR : ef;
}

/** Ends an unfiltered walk of which a share of the nodes is acceptable, PLAIN_SHARE at least. */
export function boundPlain(share: f32): void {
  if (rank == 0) return;
  // The candidates that are needed fall with a power of the share, and a root of low degree is straight enough in between.
  const from = fourthRoot(PLAIN_SHARE);
  const part = (min<f32>(1, fourthRoot(share)) - from) / (1 - from);
  const by = rareStretch + (stretch - rareStretch) * part;
  boundPool(<u32>ceil<f32>(<f32>rank / share), by, offset * (by - 1));
}

/** Notes how far neighbors lie from each other around the query, by an unfiltered walk that has begun. */
export function noteSlack(): void {
  if (rank > 0 && poolCount >= rank) slack = max<f32>(0, (poolDistance(rank - 1) + offset) * (stretch - 1));
}

/** As `withReach`, of a walk inside where acceptable nodes are scarce. */
export function withScarceReach(ef: u32): u32 {
  return slack > 0 ? withReach(ef) : ef;
}

/**
 * Ends a walk inside where acceptable nodes are scarce. They lie all around what is left out, most about as far as the closest, so a factor would
 * leave none out: what counts is how far neighbors lie from each other.
 */
export function boundScarce(): void {
  if (slack > 0) boundPool(rank, 1, slack * SCARCE_SLACK);
}

function fourthRoot(x: f32): f32 {
  return sqrt<f32>(sqrt<f32>(x));
}
