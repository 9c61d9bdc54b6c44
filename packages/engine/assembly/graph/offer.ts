import { list, scores } from "./context";
import { offerToPool, worst } from "./pool";
import { score } from "./score";
import { sift } from "./sketch/sift";
import { hasSketches } from "./sketch/write";
import { touch, touchGroup } from "./touch";

/** Takes those of the u32[n] slots of the list into the pool that are closer than its worst; returns how many were compared. */
export function offerList(n: u32): u32 {
  const left = hasSketches() && worst < f32.MAX_VALUE ? sift(n, worst) : n;
  const group = touchGroup();
  for (let first: u32 = 0; first < left; first += group) {
    const part = min(group, left - first);
    touch(list + (first << 2), part);
    score<i16>(list + (first << 2), part, scores);
    offerToPool(list + (first << 2), scores, part);
  }
  return left;
}
