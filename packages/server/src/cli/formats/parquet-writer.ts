import type { StoredRecord } from "@vecstore/client";
import type { SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";

/** Rows of a row group: they are in memory together, in the writer and in most readers. */
const GROUP_ROWS = 5_000;
/** Numbers of a row group, where vectors are long. */
const GROUP_NUMBERS = 2_000_000;

const list = (name: string, element: SchemaElement): SchemaElement[] => [
  { name, repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST", logical_type: { type: "LIST" } },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { ...element, name: "element", repetition_type: "REQUIRED" },
];

const COLUMNS: readonly SchemaElement[] = [
  {
    name: "id",
    type: "BYTE_ARRAY",
    converted_type: "UTF8",
    logical_type: { type: "STRING" },
    repetition_type: "REQUIRED",
  },
  ...list("vector", { name: "", type: "FLOAT" }),
  ...list("sparse_indices", { name: "", type: "INT64" }),
  ...list("sparse_values", { name: "", type: "FLOAT" }),
  {
    name: "text",
    type: "BYTE_ARRAY",
    converted_type: "UTF8",
    logical_type: { type: "STRING" },
    repetition_type: "OPTIONAL",
  },
  {
    name: "metadata",
    type: "BYTE_ARRAY",
    converted_type: "JSON",
    logical_type: { type: "JSON" },
    repetition_type: "OPTIONAL",
  },
  { name: "expires_at", type: "INT64", converted_type: "TIMESTAMP_MILLIS", repetition_type: "OPTIONAL" },
];

/** Names of the columns: elements of the root, not of a list. */
const SCHEMA: SchemaElement[] = [{ name: "root", num_children: 7 }, ...COLUMNS];

/** Makes a Parquet file of records, a row group at a time. The vectors are lists of FLOAT, bit for bit. */
export class ParquetRecords {
  readonly #bytes = new ByteWriter();
  readonly #parquet: ParquetWriter;
  #records: StoredRecord[] = [];
  #numbers = 0;

  constructor() {
    this.#parquet = new ParquetWriter({ writer: this.#bytes, schema: SCHEMA, createdBy: "vecstore" });
  }

  /** Takes a record. @returns the bytes that come next in the file, if a row group is full */
  add(record: StoredRecord): Uint8Array | undefined {
    this.#records.push(record);
    this.#numbers += record.vector?.length ?? 0;
    if (this.#records.length < GROUP_ROWS && this.#numbers < GROUP_NUMBERS) return undefined;
    this.#writeGroup();
    return this.#take();
  }

  /** Ends the file. @returns its last bytes */
  end(): Uint8Array {
    if (this.#records.length > 0) this.#writeGroup();
    this.#parquet.finish();
    return this.#take();
  }

  #writeGroup(): void {
    const rows = this.#records;
    const column = <T>(name: string, of: (record: StoredRecord) => T) => ({ name, data: rows.map(of) });
    // A dictionary would take -0 for 0.
    const numbers = { encoding: "PLAIN", statistics: false } as const;
    this.#parquet.write({
      rowGroupSize: rows.length,
      columnData: [
        column("id", ({ id }) => id),
        { ...column("vector", ({ vector }) => vector && Array.from(vector)), ...numbers, codec: "UNCOMPRESSED" },
        { ...column("sparse_indices", ({ sparse }) => sparse && Array.from(sparse.indices, BigInt)), ...numbers },
        { ...column("sparse_values", ({ sparse }) => sparse && Array.from(sparse.values)), ...numbers },
        column("text", ({ text }) => text),
        column("metadata", ({ metadata }) => metadata),
        column("expires_at", ({ expiresAtMs }) => (expiresAtMs === undefined ? undefined : new Date(expiresAtMs))),
      ],
    });
    this.#records = [];
    this.#numbers = 0;
  }

  /** What was written since the last time. The positions in the footer count from the beginning: `offset` goes on. */
  #take(): Uint8Array {
    const bytes = this.#bytes.getBytes().slice();
    this.#bytes.index = 0;
    return bytes;
  }
}
