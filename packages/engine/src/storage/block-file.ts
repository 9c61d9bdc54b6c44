/** The door to docs/format.md, "Blocks": every file but the log and VECSTORE. */
export { BLOCK_FILE_KINDS, type BlockFileKind } from "./block-layout.js";
export { type Block, type BlockFileReader, openBlockFile } from "./block-reader.js";
export { type BlockInput, writeBlockFile } from "./block-writer.js";
