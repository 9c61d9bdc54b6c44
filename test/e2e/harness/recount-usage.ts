import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** What a namespace must use, as its log says. */
export interface Recount {
  readonly vectorCount: number;
  readonly vectorMs: bigint;
  /** Of the files that its newest checkpoint names, and of its entries in the log since. */
  readonly storageBytes: number;
}

/** Bytes before the frames of a file, and before the payload of a frame; see docs/format.md. */
const FILE_HEADER = 40;
const FRAME_HEADER = 32;

/**
 * Counts what a namespace uses from the bytes of its data directory alone, by docs/format.md: upserts and deletes by id, in a log that was never trimmed.
 *
 * @param untilMs  milliseconds since 1970: records count up to then
 */
export async function recountUsage(data: string, namespace: number, untilMs: number): Promise<Recount> {
  const folder = join(data, "log");
  /** When each record came, and when it ends by itself. */
  const records = new Map<string, { readonly sinceMs: number; readonly endsMs: number }>();
  const checkpoint = await checkpointOf(join(data, "ns", String(namespace)));
  let vectorMs = 0n;
  let storageBytes = checkpoint.fileBytes;
  const end = (id: string, atMs: number) => {
    const record = records.get(id);
    if (record === undefined) return;
    vectorMs += BigInt(Math.max(0, Math.min(atMs, record.endsMs) - record.sinceMs));
    records.delete(id);
  };
  for (const name of (await readdir(folder)).sort()) {
    for (const frame of framesOf(await readFile(join(folder, name)))) {
      if (frame.namespace !== namespace) continue;
      if (frame.sequence > checkpoint.sequence) storageBytes += frame.bytes;
      const { timeMs, written, deleted } = entryOf(frame.payload);
      for (const id of [...deleted, ...written.map(([id]) => id)]) end(id, timeMs);
      for (const [id, endsMs] of written) records.set(id, { sinceMs: timeMs, endsMs });
    }
  }
  let vectorCount = 0;
  for (const [id, { endsMs }] of [...records]) {
    if (endsMs > untilMs) vectorCount++;
    end(id, untilMs);
  }
  return { vectorCount, vectorMs, storageBytes };
}

interface Frame {
  readonly namespace: number;
  readonly sequence: number;
  readonly bytes: number;
  readonly payload: Buffer;
}

function* framesOf(file: Buffer): Generator<Frame> {
  for (let at = FILE_HEADER; at + FRAME_HEADER <= file.length; ) {
    const length = file.readUInt32LE(at + 4);
    const fragment = file.readUInt8(at + 12);
    if (fragment !== 1) throw new Error(`a fragment of kind ${fragment}: this reads whole entries only`);
    const bytes = FRAME_HEADER + Math.ceil(length / 8) * 8;
    const payload = file.subarray(at + FRAME_HEADER, at + FRAME_HEADER + length);
    const sequence = Number(file.readBigUInt64LE(at + 16));
    yield { namespace: file.readUInt32LE(at + 8), sequence, bytes, payload };
    at += bytes;
  }
}

/** Header of a file, and of its first block, whose length stands at the end. */
const BLOCK_AT = 32;
/** Field numbers of NamespaceManifest, SegmentManifest and FileReference. */
const SEQUENCE = 2;
const SEGMENTS = 7;
const FILES: readonly number[] = [3, 4, 5];
const BYTES = 2;

/** What the newest manifest of a namespace holds; nothing before there is one. */
async function checkpointOf(folder: string): Promise<{ readonly sequence: number; readonly fileBytes: number }> {
  const newest = (await readdir(folder))
    .filter((name) => /^manifest-\d+$/.test(name))
    .sort()
    .at(-1);
  let [sequence, fileBytes] = [0, 0];
  if (newest === undefined) return { sequence, fileBytes };
  const file = await readFile(join(folder, newest));
  const length = Number(file.readBigUInt64LE(BLOCK_AT - 8));
  for (const field of fieldsOf(file.subarray(BLOCK_AT, BLOCK_AT + length))) {
    if (field.number === SEQUENCE) sequence = Number(field.value);
    if (field.number !== SEGMENTS) continue;
    for (const reference of fieldsOf(field.bytes!)) {
      if (!FILES.includes(reference.number)) continue;
      for (const each of fieldsOf(reference.bytes!)) if (each.number === BYTES) fileBytes += Number(each.value);
    }
  }
  return { sequence, fileBytes };
}

type Written = readonly [id: string, endsMs: number];

/** Field numbers of LogEntry, UpsertEntry, StoredRecord, DeleteEntry and RecordVersion. */
const TIME = 1;
const UPSERT = 2;
const DELETE = 3;
const RECORDS = 1;
const TARGETS = 1;
const ID = 1;
const EXPIRES_AT = 7;

function entryOf(payload: Uint8Array) {
  const written: Written[] = [];
  const deleted: string[] = [];
  let timeMs = 0;
  for (const field of fieldsOf(payload)) {
    if (field.number === TIME) timeMs = Number(field.value);
    const inner = field.bytes === undefined ? [] : [...fieldsOf(field.bytes)];
    if (field.number === UPSERT) {
      for (const each of inner) if (each.number === RECORDS) written.push(recordOf(each.bytes!));
    }
    if (field.number === DELETE) {
      for (const each of inner) if (each.number === TARGETS) deleted.push(recordOf(each.bytes!)[0]);
    }
  }
  return { timeMs, written, deleted };
}

function recordOf(bytes: Uint8Array): Written {
  let [id, endsMs] = ["", Number.POSITIVE_INFINITY];
  for (const field of fieldsOf(bytes)) {
    if (field.number === ID) id = Buffer.from(field.bytes!).toString();
    if (field.number === EXPIRES_AT) endsMs = Number(field.value);
  }
  return [id, endsMs];
}

interface Field {
  readonly number: number;
  readonly value?: bigint | string;
  readonly bytes?: Uint8Array;
}

function* fieldsOf(message: Uint8Array): Generator<Field> {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (type === WireType.Varint) yield { number, value: reader.uint64() };
    else if (type === WireType.LengthDelimited) yield { number, bytes: reader.bytes() };
    else reader.skip(type);
  }
}
