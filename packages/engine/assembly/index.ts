// The exports of the search core. Static data, `new` and strings are forbidden here: two instances share one memory
// and would write the same bytes. Globals are filled by `bind` at the start of each export and do not outlive it.
export { inverseNorms, scan, gather } from "./scan";
export { encode, sketch } from "./graph/encode";
export { scanTail } from "./graph/scan-tail";
export { search } from "./graph/search";
export { probeScores, probeSift } from "./graph/probe";
export { scanBounds } from "./graph/scan-bounds";
export { scanSet } from "./graph/scan-set";
export { searchFiltered } from "./graph/filtered-search";
export { build } from "./graph/insert";
export { assignSlots } from "./graph/assign-slots";
export { repair } from "./graph/repair";
export { renumber } from "./graph/renumber";
