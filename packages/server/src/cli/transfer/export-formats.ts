import type { StoredRecord } from "@vecstore/client";
import { ParquetRecords } from "../formats/parquet-writer.js";
import { CSV_COLUMNS, recordCsv, recordLine, type VectorForm } from "../formats/record-text.js";
import type { RecordFormat } from "./record-sink.js";

/** Formats that an export writes. */
export const EXPORT_FORMATS = ["jsonl", "csv", "parquet", "npy"] as const;

/** Lines of JSON, as REST has records. */
export const jsonlFormat = (form?: VectorForm): RecordFormat => ({
  begin: () => "",
  add: (record) => `${recordLine(record, form)}\n`,
  end: () => "",
});

/** CSV whose first line names the columns. */
export const csvFormat = (): RecordFormat => ({
  begin: () => `${CSV_COLUMNS.join(",")}\n`,
  add: (record) => `${recordCsv(record)}\n`,
  end: () => "",
});

/** Parquet, a row group at a time. */
export function parquetFormat(): RecordFormat {
  const parquet = new ParquetRecords();
  return {
    begin: () => "",
    add: (record) => parquet.add(record) ?? "",
    end: () => parquet.end(),
  };
}

/** Bytes of the head of a .npy file: enough for every shape. */
const NPY_HEAD_BYTES = 128;

/** The head of a .npy file of NumPy: f32[count, dimension]. */
export function npyHead(count: number, dimension: number): Buffer {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${count}, ${dimension}), }`;
  const head = Buffer.alloc(NPY_HEAD_BYTES, " ");
  head.write("\x93NUMPY\x01\x00", "latin1");
  head.writeUInt16LE(NPY_HEAD_BYTES - 10, 8);
  head.write(text, 10, "latin1");
  head.write("\n", NPY_HEAD_BYTES - 1, "latin1");
  return head;
}

/** The vectors as rows of f32; the head is that of no vectors, for `npyHead` to replace. */
export class NpyFormat implements RecordFormat {
  count = 0;
  dimension = 0;

  begin(): Uint8Array {
    return npyHead(0, 0);
  }

  /** @throws Error for a record without a vector */
  add({ id, vector }: StoredRecord): Uint8Array {
    if (vector === undefined) {
      throw new Error(
        `the record ${JSON.stringify(id)} has no vector, and a .npy file has rows of vectors only; choose another format`,
      );
    }
    this.count++;
    this.dimension = vector.length;
    return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
  }

  end(): Uint8Array {
    return new Uint8Array(0);
  }
}
