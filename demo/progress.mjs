// Progress of a load: one line that is rewritten on a terminal, a plain line now and then elsewhere.

const BAR_CELLS = 30;
const PLAIN_LINE_EVERY_MS = 5_000;

/** How far `done` of `total` is, after `elapsedMs`. @returns {string} */
export function describeProgress(done, total, elapsedMs) {
  const perSecond = elapsedMs > 0 ? (done / elapsedMs) * 1_000 : 0;
  const eta = perSecond > 0 && done < total ? `, ${Math.ceil((total - done) / perSecond)} s left` : "";
  return `${formatCount(done)} of ${formatCount(total)} records, ${formatCount(perSecond)}/s${eta}`;
}

/** A whole number with commas. @param {number} value */
export function formatCount(value) {
  return Math.round(value).toLocaleString("en-US");
}

/**
 * Shows progress on `stream`.
 *
 * @param {number} total  records in all
 * @param {{isTTY?: boolean, write(text: string): unknown}} stream
 * @param {() => number} now  milliseconds
 */
export function createProgress(total, stream = process.stdout, now = () => performance.now()) {
  const start = now();
  let lastLineAt = start;
  const print = (text, bar) => {
    if (stream.isTTY) stream.write(`\r\x1b[K${bar}${text}`);
    else if (now() - lastLineAt >= PLAIN_LINE_EVERY_MS) {
      lastLineAt = now();
      stream.write(`${text}\n`);
    }
  };
  return {
    /** @param {number} done  records that are loaded */
    show(done) {
      const filled = Math.round((BAR_CELLS * done) / total);
      print(describeProgress(done, total, now() - start), `[${"#".repeat(filled)}${".".repeat(BAR_CELLS - filled)}] `);
    },
    /** @param {string} text  what is waited for, once the records are loaded */
    wait(text) {
      print(text, "");
    },
    /** Ends the bar's line. */
    end() {
      if (stream.isTTY) stream.write("\n");
    },
  };
}
