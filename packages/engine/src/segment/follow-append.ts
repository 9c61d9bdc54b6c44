import type { Columns } from "./columns.js";

/** Metadata that is entered into columns with the write that brings it: a fraction of a millisecond. */
const FILL_BYTES_MAX = 64 * 1024;
/** Larger records wait, since a batch may have a thousand of them. */
const RECORD_BYTES_USUAL = 1024;

/** What of a segment follows its appends. */
interface Appended {
  readonly count: number;
  readonly filled: number;
  readonly columns: Columns;
  fillFields(most: number): boolean;
  fillInBackground(): void;
}

/** Enters the metadata of few and small records at once; what is more than that waits, so that no write stalls. */
export function followAppend(segment: Appended): void {
  const { count, filled } = segment;
  const { metadata } = segment.columns;
  const waiting = count - filled;
  const bytes = metadata.endOf(count - 1) - metadata.startOf(filled);
  if (bytes <= Math.min(FILL_BYTES_MAX, waiting * RECORD_BYTES_USUAL)) segment.fillFields(waiting);
  else segment.fillInBackground();
}
