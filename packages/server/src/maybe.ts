/** Something that is here already, or comes later. Promises cost microseconds, which short calls do not have. */
export type Maybe<T> = T | Promise<T>;

/** Goes on with a value, now if it is here. */
export function chain<T, U>(value: Maybe<T>, next: (value: T) => Maybe<U>): Maybe<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Calls `after` when `run` is over, however it ended. */
export function ending<T>(run: () => Maybe<T>, after: () => void): Maybe<T> {
  let result: Maybe<T> | undefined;
  try {
    result = run();
    return result instanceof Promise ? result.finally(after) : result;
  } finally {
    if (!(result instanceof Promise)) after();
  }
}
