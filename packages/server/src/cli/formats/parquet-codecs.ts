import * as zlib from "node:zlib";
import type { Compressors } from "hyparquet";
import { ConfigError } from "../../config.js";

type Inflate = (bytes: Uint8Array) => Buffer;

/** Node has it since 22.15. */
const zstd = (zlib as { zstdDecompressSync?: Inflate }).zstdDecompressSync;

/** What opens compressed pages, beside the Snappy that the reader has of its own. */
export const DECOMPRESSORS: Compressors = {
  GZIP: (bytes) => zlib.gunzipSync(bytes),
  BROTLI: (bytes) => zlib.brotliDecompressSync(bytes),
  ZSTD: (bytes) => {
    if (zstd === undefined) {
      throw new ConfigError(
        `the file is compressed with ZSTD, which needs Node 22.15 or later and this is ${process.version}; write it with Snappy`,
      );
    }
    return zstd(bytes);
  },
};
