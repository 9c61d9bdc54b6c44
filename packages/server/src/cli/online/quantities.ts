const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** Bytes for people, such as `1.5 MiB`. */
export function bytesText(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** A count for people, such as `341,479`. */
export function countText(count: number): string {
  return count.toLocaleString("en-US");
}

/** A time for people and programs, RFC 3339; a dash when there is none. */
export function timeText(ms: number | undefined): string {
  return ms === undefined ? "-" : new Date(ms).toISOString();
}
