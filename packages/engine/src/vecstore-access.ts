import { assertReads, assertWrites, type NamespaceRef } from "./directory/access.js";
import { copyInput } from "./directory/copy-input.js";
import type { DataDirectory } from "./directory/data-directory.js";
import type { OpenNamespace } from "./directory/open-namespace.js";
import { NamespaceReader } from "./vecstore-queries.js";
import { NamespaceWriter } from "./vecstore-writes.js";

/** A namespace in memory, with what reads and writes it. */
export interface InMemory {
  readonly namespace: OpenNamespace;
  readonly reader: NamespaceReader;
  readonly writer: NamespaceWriter;
}

/** What a call needs to be let pass. */
export type Need = "read" | "write" | "open store";

const known = new WeakMap<OpenNamespace, InMemory>();

/**
 * Runs calls on one namespace, which is read into memory for the first one and stays there as long as one runs. A call on a namespace
 * that is in memory begins in the turn it was made in; before another one waits, its arguments are copied.
 */
export class NamespaceAccess {
  readonly #directory: DataDirectory;
  readonly #ref: NamespaceRef;

  constructor(directory: DataDirectory, ref: NamespaceRef) {
    this.#directory = directory;
    this.#ref = ref;
  }

  /** @throws VecstoreError why the call cannot pass, DATA_CORRUPTED when the namespace is damaged, and what `run` throws */
  async run<A extends unknown[], T>(
    need: Need,
    args: readonly [...A],
    run: (open: InMemory, ...args: A) => T | Promise<T>,
  ): Promise<T> {
    this.assert(need);
    const { residents } = this.#directory;
    const lease = residents.tryLease(this.#ref.number);
    if (lease === undefined) return this.#runLater(need, copyInput(args), run);
    try {
      return await run(this.#inMemory(lease.namespace), ...args);
    } finally {
      lease.release();
    }
  }

  /**
   * As `run`, without a promise where there is nothing to wait for: at ten microseconds for a query, promises are what costs.
   *
   * @throws as `run`, at once or by the promise
   */
  runNow<A, T>(need: Need, arg: A, run: (open: InMemory, arg: A) => T | Promise<T>): T | Promise<T> {
    this.assert(need);
    const lease = this.#directory.residents.tryLease(this.#ref.number);
    if (lease === undefined) return this.#runLater(need, copyInput([arg] as const), run);
    let result: T | Promise<T> | undefined;
    try {
      result = run(this.#inMemory(lease.namespace), arg);
      return result instanceof Promise ? result.finally(lease.release) : result;
    } finally {
      if (!(result instanceof Promise)) lease.release();
    }
  }

  /** As `run`, for answers in pieces: the namespace stays in memory from the first piece that is asked for to the last. */
  async *stream<T>(run: (open: InMemory) => AsyncGenerator<T, void>): AsyncGenerator<T, void> {
    this.assert("read");
    const lease = await this.#directory.residents.lease(this.#ref);
    try {
      yield* run(this.#inMemory(lease.namespace));
    } finally {
      lease.release();
    }
  }

  /** @throws VecstoreError why such a call cannot pass now */
  assert(need: Need): void {
    if (need === "read") assertReads(this.#directory, this.#ref);
    else if (need === "write") assertWrites(this.#directory, this.#ref);
    else this.#directory.assertReadable();
  }

  async #runLater<A extends unknown[], T>(
    need: Need,
    args: readonly [...A],
    run: (open: InMemory, ...args: A) => T | Promise<T>,
  ): Promise<T> {
    const lease = await this.#directory.residents.lease(this.#ref);
    try {
      this.assert(need);
      return await run(this.#inMemory(lease.namespace), ...args);
    } finally {
      lease.release();
    }
  }

  #inMemory(namespace: OpenNamespace): InMemory {
    let found = known.get(namespace);
    if (found === undefined) {
      const directory = this.#directory;
      found = {
        namespace,
        reader: new NamespaceReader(directory, namespace),
        writer: new NamespaceWriter(directory, namespace),
      };
      known.set(namespace, found);
    }
    return found;
  }
}
