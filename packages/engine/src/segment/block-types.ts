/** Blocks of parts, deaths and graphs in docs/format.md. On disk: do not renumber. */
export const BLOCK_TYPES = {
  range: 16,
  idEnds: 17,
  idBytes: 18,
  vectors: 19,
  versions: 20,
  metadataEnds: 21,
  metadataBytes: 22,
  textEnds: 23,
  textPresence: 24,
  textBytes: 25,
  // 26 is free.
  sparseEnds: 27,
  sparseBytes: 28,
  expiryTimes: 29,
  deathSlots: 32,
  deathSequences: 33,
  deathSoft: 34,
  graph: 48,
  vectorChecksums: 64,
} as const;
