let begun = 0;

/** Notes that a caller asked a query or a batch, of any store. */
export function noteQuery(): void {
  begun++;
}

/** How many have been noted: more than before means that somebody else waits for this thread. */
export function queriesBegun(): number {
  return begun;
}
