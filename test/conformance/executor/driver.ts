import type { ClientChoice } from "./case.js";

/** What one call of a client is made of. */
export interface Call {
  readonly operation: string;
  /** By the names of operations.json. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Undefined: the client is given none. */
  readonly namespace: string | undefined;
  readonly timeoutMs: number | undefined;
  /** Ends the call from outside. */
  readonly signal: AbortSignal | undefined;
  /** Items of a stream after which it is left. */
  readonly take: number;
  /** Told of each item of a stream. */
  readonly onItem: () => void;
}

/** A client under test. */
export interface CaseClient {
  /** @returns the result by the names of operations.json; it throws what the client throws */
  perform(call: Call): Promise<unknown>;
  close(): void;
}

/** Where a client goes, and how. */
export interface ClientInit {
  readonly url: string;
  readonly key: string | undefined;
  readonly options: ClientChoice;
}

/** A client over one protocol. */
export interface Driver {
  /** Such as `grpc-web`. */
  readonly protocol: string;
  open(init: ClientInit): CaseClient;
  /** An error by the names of README.md; undefined for what is none of the client's. */
  toError(thrown: unknown): object | undefined;
}
