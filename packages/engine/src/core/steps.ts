/** Long work whose caller can give up the turn after each step: of a millisecond or less, also in code that was never run before. */
export type Steps<T> = Generator<undefined, T>;

/** Entries that a step goes through. */
export const STEP = 8_192;

/** Does all steps in one turn. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
