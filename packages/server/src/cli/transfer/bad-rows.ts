import { closeSync, ftruncateSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import type { BadRow } from "./import-window.js";

/**
 * The file that bad rows are set aside in: lines of JSON with row, id, reason, message and the row as it stands in the source. It is
 * made with the first one.
 */
export class BadRowFile {
  readonly #path: string;
  #file: number | undefined;
  #bytes: number;

  /**
   * @param bytes  of an earlier run to keep: what stands behind is of rows that come again. 0 begins anew, and so does a file that
   *               somebody has taken away meanwhile
   */
  constructor(path: string, bytes: number) {
    this.#path = path;
    this.#bytes = bytes <= (statSync(path, { throwIfNoEntry: false })?.size ?? 0) ? bytes : 0;
    if (this.#bytes === 0) rmSync(path, { force: true });
  }

  /** Length of the file. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Appends rows. @throws the system's error */
  append(rows: readonly BadRow[]): void {
    if (rows.length === 0) return;
    this.#file ??= this.#open();
    const bytes = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#file, bytes, done, bytes.length - done, this.#bytes + done);
    }
    this.#bytes += bytes.length;
  }

  /** Closes the file. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #open(): number {
    const file = openSync(this.#path, this.#bytes === 0 ? "w" : "r+");
    ftruncateSync(file, this.#bytes);
    return file;
  }
}
