const SECOND_MS = 1_000;
let text = "";
let second = 0;

/** The time as headers have it, made once a second. */
export function httpDate(): string {
  const now = Math.floor(Date.now() / SECOND_MS);
  if (now === second) return text;
  second = now;
  text = new Date(now * SECOND_MS).toUTCString();
  return text;
}
