import type { JsonObject } from "@bufbuild/protobuf";
import type { BackWriter } from "./back-writer.js";
import { writeStruct } from "./struct-writer.js";

/** A vecstore.v1.QueryResult, or what one can be made of. */
export interface Hit {
  readonly id?: string;
  readonly score?: number;
  readonly distance?: number | undefined;
  readonly version?: bigint;
  readonly metadata?: JsonObject | undefined;
  readonly vector?: readonly number[];
  readonly text?: string | undefined;
  readonly explain?: object | undefined;
  readonly sparse?: object | undefined;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const ID = (1 << 3) | LENGTH;
const SCORE = (2 << 3) | FIXED64;
const DISTANCE = (3 << 3) | FIXED64;
const VERSION = (4 << 3) | VARINT;
const METADATA = (5 << 3) | LENGTH;

/**
 * Writes a result with the fields that most have. An answer is made of results, and code that names its fields is twice as fast as one
 * that looks them up.
 *
 * @returns false, and nothing is written, when it has others too
 */
export function writeHit(writer: BackWriter, hit: Hit): boolean {
  const { id, score, distance, version, metadata, vector, text, explain, sparse } = hit;
  const hasOthers = text !== undefined || explain !== undefined || sparse !== undefined;
  if (hasOthers || (vector !== undefined && vector.length > 0)) return false;
  if (metadata !== undefined) {
    const end = writer.length;
    writeStruct(writer, metadata);
    writer.varint(writer.length - end);
    writer.varint(METADATA);
  }
  if (version !== undefined && version !== 0n) {
    writer.bigVarint(version);
    writer.varint(VERSION);
  }
  if (distance !== undefined) {
    writer.double(distance);
    writer.varint(DISTANCE);
  }
  // -0 is not the default.
  if (score !== undefined && !Object.is(score, 0)) {
    writer.double(score);
    writer.varint(SCORE);
  }
  if (id !== undefined && id !== "") {
    writer.text(id);
    writer.varint(ID);
  }
  return true;
}
