import { type FileHandle, open, rename } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { VecStoreClient } from "@vecstore/client";

/** Bytes of the part that is there already that are read together. */
const CHUNK_BYTES = 1024 * 1024;

/** A snapshot as a file. */
export interface Downloaded {
  readonly name: string;
  /** Of the whole file. */
  readonly bytes: number;
  /** Of the whole file, as zip and gzip have it; it is the one that the server sent. */
  readonly crc32: number;
}

/**
 * Writes a snapshot into a file, which has its name once all of it is on the disk. Until then it is `path`.part, and a later call goes
 * on behind what that holds. The bytes are checked by the server's checksum as they come.
 *
 * @throws Error when they differ; VecStoreError; the system's error when it cannot be written
 */
export async function downloadTo(client: VecStoreClient, name: string, path: string): Promise<Downloaded> {
  const part = `${path}.part`;
  const file = await openPart(part);
  try {
    const { size } = await file.stat();
    let state = { bytes: size, crc: await crcOf(file, size) };
    for await (const { data, crc32: expected } of client.downloadSnapshot(name, { offset: size })) {
      const crc = crc32(data, state.crc);
      if (crc !== expected) {
        throw new Error(`${part} is not the beginning of the snapshot ${name}: remove it, and download again`);
      }
      await file.write(data, 0, data.length, state.bytes);
      state = { bytes: state.bytes + data.length, crc };
    }
    await file.sync();
    await rename(part, path);
    return { name, bytes: state.bytes, crc32: state.crc };
  } finally {
    await file.close();
  }
}

/** For reading and writing, whether it is there or not. */
async function openPart(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return open(path, "wx+");
  }
}

async function crcOf(file: FileHandle, size: number): Promise<number> {
  let crc = 0;
  const buffer = Buffer.alloc(Math.min(size, CHUNK_BYTES));
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    crc = crc32(buffer.subarray(0, bytesRead), crc);
    at += bytesRead;
  }
  return crc;
}
