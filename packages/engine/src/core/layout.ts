// Addresses and offsets of graph memory, in bytes. One file for both sides: the WASM core is compiled from it as
// AssemblyScript and TypeScript imports it, so it holds nothing but numbers.

/** Every WASM instance writes its static data below this address. */
export const RESERVED_BYTES = 65536;

// Header of a graph: u32 fields. What changes while others read stands on cache lines of its own.
export const HEADER_DIMENSION = 0;
/** Bytes of one code: the dimension rounded up to 16; of a vector, four times the dimension, rounded up to 16. */
export const HEADER_CODE_BYTES = 4;
/** 0 cosine, 1 dot, 2 euclidean. */
export const HEADER_METRIC = 8;
export const HEADER_M = 12;
export const HEADER_EF_CONSTRUCTION = 16;
export const HEADER_CAPACITY = 20;
export const HEADER_SEED = 24;
/** Bytes of one node block. */
export const HEADER_STRIDE = 28;
/** Address of the first node block. */
export const HEADER_NODES = 32;
/** Address and bytes of the area of upper links. */
export const HEADER_UPPER = 36;
export const HEADER_UPPER_BYTES = 40;
/** Address of f32[dimension], zero-padded to a multiple of 16. */
export const HEADER_MEAN = 44;
/** 1 when any component of the mean is not 0. */
export const HEADER_HAS_MEAN = 48;
/** Address, slots and bytes per slot of the ring of the newest codes. */
export const HEADER_TAIL = 52;
export const HEADER_TAIL_SLOTS = 56;
export const HEADER_TAIL_STRIDE = 60;
/** Address of u32[LOCKS]: the locks of link lists. */
export const HEADER_LOCKS = 64;
/** Address of u32[FLIGHT_SLOTS]: how far the newest inserts are. */
export const HEADER_FLIGHT = 68;
/** Address of the sketches, bytes of one, and where its factor and its bias (0: none) stand. */
export const HEADER_SKETCHES = 72;
export const HEADER_SKETCH_STRIDE = 76;
export const HEADER_SKETCH_FACTOR = 80;
export const HEADER_SKETCH_BIAS = 84;
/** Bits of a component in a sketch: 1 or 2; 0 for no sketches. */
export const HEADER_SKETCH_PLANES = 88;
/** CODES_INT8, CODES_VECTORS or CODES_BINARY. */
export const HEADER_CODES = 92;
/** Address of u32[ceil(capacity / 32)]: one bit for each node that has twins. Set by the builder. */
export const HEADER_TWIN_HEADS = 104;
/** Slots whose codes are written. Atomic; written by the main thread. */
export const HEADER_COUNT = 128;
/** Every slot below is linked. Atomic; written by the builders. */
export const HEADER_INDEXED = 192;
/** Slot where a search begins. Atomic; always below HEADER_INDEXED when read before it. */
export const HEADER_ENTRY_POINT = 196;
/** Bytes used in the area of upper links. */
export const HEADER_UPPER_USED = 200;
/** Not 0 when the builder shall stop after the current insert. Atomic; written by the main thread. */
export const HEADER_STOP = 256;
/** The next slot that a builder takes. Atomic; between builds it is HEADER_INDEXED. */
export const HEADER_NEXT = 320;
/** Slot where builders begin: they see it before readers may, since slots below it can still be on their way. Atomic. */
export const HEADER_BUILD_ENTRY = 324;
/** Lock of both entry points. */
export const HEADER_ENTRY_LOCK = 328;
export const HEADER_BYTES = 384;

/** Codes are int8, with a scale and a bias each. */
export const CODES_INT8 = 0;
/** Codes are the f32 vectors as they came, with their inverse norm for a scale under cosine. */
export const CODES_VECTORS = 1;
/** Codes are one bit of each rotated component, behind [norm f32][0 u32]. */
export const CODES_BINARY = 2;

/** Locks of link lists; slot s uses lock s % LOCKS. */
export const LOCKS = 4096;
/** Slots between HEADER_INDEXED and HEADER_NEXT at most. */
export const FLIGHT_SLOTS = 1024;
// Entry s % FLIGHT_SLOTS of the flight says how far the insert of slot s is: (s + 1) << FLIGHT_SHIFT, and these bits.
/** Its own lists are written and others may link to it. A twin has no lists and never gets here. */
export const FLIGHT_LINKED = 1;
export const FLIGHT_DONE = 2;
export const FLIGHT_SHIFT = 2;

// Node block: [upper u32][count u32][links u32[2m]][scale f32][bias f32][code u8[codeBytes]], padded to 64 bytes.
/** Offset of the node's block in the area of upper links; 0 for a node of layer 0 only. */
export const NODE_UPPER = 0;
/** Links of layer 0: the count, then the slots. */
export const NODE_LINKS = 4;

// Ring of the newest codes: slot s stands at place s % slots as [scale f32][bias f32][code u8[codeBytes]].

// Block of upper links: [level u32][twin u32], then per layer 1..level: [count u32][links u32[m]].
export const UPPER_LEVEL = 0;
/** First of the slots whose codes equal this node's, 0 for none. They have no links but the first: the next twin. */
export const UPPER_TWIN = 4;
export const UPPER_LINKS = 8;
/** Offset 0 means none, so the area begins with unused bytes. */
export const UPPER_FIRST = 16;
/** A level beyond this is as good as impossible. */
export const LEVEL_MAX = 15;

// Scratch of one thread: u32 fields, most of them addresses of its buffers.
export const SCRATCH_EPOCH = 0;
/** u16[capacity] */
export const SCRATCH_VISITED = 4;
/** f32[n], dimension or more: vectors on their way in */
export const SCRATCH_INPUT = 8;
/** i16[codeBytes], or f32[dimension] where codes are vectors */
export const SCRATCH_QUERY = 12;
/** [f32, u32][POOL_ENTRIES] */
export const SCRATCH_POOL = 16;
/** [f32, u32][LIST_ENTRIES]: candidates when a full link list is pruned */
export const SCRATCH_CANDIDATES = 20;
/** u32[LIST_ENTRIES]: slots to score */
export const SCRATCH_LIST = 24;
/** f32[LIST_ENTRIES]: their distances */
export const SCRATCH_SCORES = 28;
/** u32[LIST_ENTRIES]: neighbors selected for a new node */
export const SCRATCH_SELECTED = 32;
/** f32[dimension rounded up to 16]: a vector while it is encoded, zero behind its dimension */
export const SCRATCH_WORK = 36;
/** u32[POOL_ENTRIES] and f32[POOL_ENTRIES]: what a search returns */
export const SCRATCH_SLOTS = 40;
export const SCRATCH_DISTANCES = 44;
/** Statistics of the last search. */
export const SCRATCH_EXPANDED = 48;
export const SCRATCH_COMPUTED = 52;
/** Keeps the loads of the touch pass alive. */
export const SCRATCH_SINK = 56;
/** u32[ceil(capacity / 32)]: one bit for each slot that a filtered search may return. */
export const SCRATCH_ACCEPT = 104;
/** The same size: one bit for each node that it may step on. */
export const SCRATCH_WALK = 108;
/** The slots below this took part in the last search. */
export const SCRATCH_LIMIT = 64;
/** The slot that searches go around, and one; 0 for none. */
export const SCRATCH_WITHOUT = 68;
/** u64[codeBytes / 16], rounded up: bits of the rotated query */
export const SCRATCH_SKETCH = 72;
/** f32[codeBytes]: a vector while it is rotated */
export const SCRATCH_ROTATED = 76;
/** f32: how far the distances of the last search are from those of the vectors, as a standard deviation. */
export const SCRATCH_DEVIATION = 80;
export const SCRATCH_BYTES = 128;

/** LIMITS.efMax and LIMITS.efConstructionMax, and one entry to shift into. */
export const POOL_ENTRIES = 2080;
/** 2 * LIMITS.mMax links, the new one, and padding to a multiple of four. */
export const LIST_ENTRIES = 528;

// State of a consolidation, at the start of the ring of newest codes: u32 fields, then u32[nodes]: the new slot of each.
/** Nodes before, and of these how many stay. */
export const CONSOLIDATION_COUNT = 0;
export const CONSOLIDATION_KEPT = 4;
/** The node that stays and reaches the highest layer. */
export const CONSOLIDATION_ENTRY = 8;
/** How far each step is: nodes, and bytes of upper links. */
export const CONSOLIDATION_LOOKED = 12;
export const CONSOLIDATION_NUMBERED = 16;
export const CONSOLIDATION_MOVED = 28;
export const CONSOLIDATION_UPPER_FROM = 20;
export const CONSOLIDATION_UPPER_TO = 24;
/** The next node that a thread repairs, and how many are done. Atomic. */
export const CONSOLIDATION_TAKEN = 64;
export const CONSOLIDATION_DONE = 128;
export const CONSOLIDATION_SLOTS = 192;
/** The new slot of a node that goes. */
export const GONE = 0xffffffff;
