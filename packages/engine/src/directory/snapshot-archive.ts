import { VecstoreError } from "../errors.js";
import type { DownloadOptions, SnapshotChunk, SnapshotInfo } from "../model/read.js";
import { assertBounds } from "../query/assert-bounds.js";
import { assertOptions } from "../query/assert-request.js";
import { integerIn } from "../query/integer-in.js";
import { type Env, joinPath } from "../storage/env.js";
import { isNotFound } from "../storage/errors.js";
import type { DataDirectory } from "./data-directory.js";
import { snapshotsPath } from "./names.js";
import type { OpenNamespace } from "./open-namespace.js";
import { readSnapshotInfo, SNAPSHOT_FILE, snapshotNotFound } from "./snapshots.js";
import { paddingBytes, TAR_BLOCK_BYTES, tarHeader } from "./tar-header.js";

/** Bytes of one chunk at most. */
const CHUNK_BYTES = 256 * 1024;

/** A stretch of the archive: bytes made here, or those of a file. */
type Stretch = { readonly bytes: Uint8Array } | { readonly path: string; readonly size: number };

/** A snapshot as a tar file that always has the same bytes: its files by name, all under the snapshot's name. */
interface Archive {
  readonly snapshot: SnapshotInfo;
  readonly totalBytes: number;
  readonly stretches: readonly Stretch[];
}

/**
 * Reads a snapshot as one archive, in chunks, each when it is asked for.
 *
 * @throws VecstoreError INVALID_ARGUMENT at once; SNAPSHOT_NOT_FOUND, also when it is deleted meanwhile; LIMIT_OUT_OF_RANGE, CANCELED, STORE_CLOSED
 */
export function downloadSnapshot(
  directory: DataDirectory,
  namespace: Pick<OpenNamespace, "number">,
  name: string,
  options: DownloadOptions,
): AsyncGenerator<SnapshotChunk, void> {
  assertOptions(options, "downloadSnapshot");
  assertBounds(options);
  return readArchive(directory, namespace, name, options);
}

async function* readArchive(
  directory: DataDirectory,
  namespace: Pick<OpenNamespace, "number">,
  name: string,
  { offset = 0, signal }: DownloadOptions,
): AsyncGenerator<SnapshotChunk, void> {
  const { env } = directory;
  const { snapshot, totalBytes, stretches } = await describe(directory, namespace, name);
  integerIn("offset", offset, 0, totalBytes);
  let crc32 = 0;
  let at = 0;
  let hasChunk = false;
  try {
    for await (const bytes of read(env, stretches)) {
      if (signal?.aborted) throw new VecstoreError("CANCELED", "the caller canceled the download");
      directory.assertReadable();
      // What lies before the offset counts too: so the end of a download that went on can be compared.
      crc32 = env.crc32(bytes, crc32);
      const data = bytes.subarray(Math.max(0, offset - at));
      at += bytes.length;
      if (data.length === 0) continue;
      hasChunk = true;
      yield { snapshot, totalBytes, data, crc32 };
    }
  } catch (error) {
    throw isNotFound(error) ? snapshotNotFound(name) : error;
  }
  if (!hasChunk) yield { snapshot, totalBytes, data: new Uint8Array(), crc32 };
}

async function describe(
  directory: DataDirectory,
  namespace: Pick<OpenNamespace, "number">,
  name: string,
): Promise<Archive> {
  const { env } = directory;
  const snapshot = await readSnapshotInfo(directory, namespace, name);
  const folder = joinPath(snapshotsPath(directory.path, namespace.number), name);
  const stretches: Stretch[] = [];
  // The file that makes it a snapshot comes last, so that an archive that is cut unpacks to none.
  const names = (await env.listDirectory(folder)).filter((file) => file !== SNAPSHOT_FILE);
  for (const file of [...names, SNAPSHOT_FILE]) {
    const path = joinPath(folder, file);
    const size = await env.fileSize(path);
    stretches.push({
      bytes: tarHeader({ directory: name, name: file, size, modifiedAtMs: snapshot.createdAtMs }),
    });
    stretches.push({ path, size }, { bytes: new Uint8Array(paddingBytes(size)) });
  }
  stretches.push({ bytes: new Uint8Array(2 * TAR_BLOCK_BYTES) });
  const totalBytes = stretches.reduce((sum, each) => sum + ("bytes" in each ? each.bytes.length : each.size), 0);
  return { snapshot, totalBytes, stretches };
}

/** The bytes of all stretches, one after the other. */
async function* read(env: Env, stretches: readonly Stretch[]): AsyncGenerator<Uint8Array> {
  for (const stretch of stretches) {
    if ("bytes" in stretch) {
      if (stretch.bytes.length > 0) yield stretch.bytes;
    } else {
      yield* readFile(env, stretch.path, stretch.size);
    }
  }
}

/** The file is opened for each chunk: a reader may take an hour to ask for the next one. */
async function* readFile(env: Env, path: string, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; ) {
    // A buffer of its own: the reader keeps it for as long as it likes.
    const bytes = new Uint8Array(Math.min(CHUNK_BYTES, size - at));
    await readAt(env, path, bytes, at);
    yield bytes;
    at += bytes.length;
  }
}

async function readAt(env: Env, path: string, bytes: Uint8Array, at: number): Promise<void> {
  const file = await env.openFile(path);
  try {
    if ((await file.read(bytes, at)) === bytes.length) return;
    throw new VecstoreError("DATA_CORRUPTED", `${path} became shorter`, { file: path });
  } finally {
    await file.close();
  }
}
