import { randomUUID } from "node:crypto";
import type { DescMethod } from "@bufbuild/protobuf";
import { createContextKey } from "@connectrpc/connect";
import type { Decision } from "./auth/permit.js";
import type { Connection } from "./quota/connections.js";

/** Through which door a request came. */
export type Door = "connect" | "grpc" | "grpc_web" | "rest" | "websocket" | "ops";

/** What one answered query was like. No vector, no metadata, no literal of a filter. */
export interface QueryFacts {
  readonly queryId: string;
  /** Absent when the query names a record. */
  readonly dimension: number | undefined;
  readonly limit: number;
  readonly filterShape?: string | undefined;
  readonly strategy: string;
  readonly durationMs: number;
  readonly resultsCount: number;
  readonly nodesVisited: number;
  readonly distanceComputations: number;
  readonly candidates: number;
  readonly filteredCount?: number | undefined;
  /** Share of the records that the filter let through, 0..1; absent without one, or when it was not counted. */
  readonly selectivity?: number | undefined;
  readonly cacheHit: boolean;
  /** How it was answered and how long each stage took; of slow queries only. */
  readonly explain?: SlowQuery | undefined;
}

/** Why a query was slow. */
export interface SlowQuery {
  readonly plan: Readonly<Record<string, string | number>>;
  /** Milliseconds of each stage, by its name. */
  readonly stagesMs: Readonly<Record<string, number>>;
}

/** What is known of a query before it runs. */
export type QueryAbout = Pick<QueryFacts, "queryId" | "dimension" | "limit" | "filterShape">;

/** A stretch of time that a stage of a query took, by `performance.now()`. */
export interface StageStretch {
  readonly stage: string;
  readonly by?: "vectors" | "lists";
  readonly startedMs: number;
  readonly endedMs: number;
  readonly candidates?: number;
}

/** Keeps the spans of one query. */
export interface QueryRecorder {
  stretch(stretch: StageStretch): void;
  /** The query was answered. One that never is ends with its call. */
  answered(facts: QueryFacts): void;
}

/** How a call ended, for its span. */
export interface SpanEnd {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | undefined>>;
  readonly code: string;
  readonly reason?: string | undefined;
}

/** Keeps the spans of one call. */
export interface CallRecorder {
  query(about: QueryAbout): QueryRecorder;
  end(end: SpanEnd): void;
}

/** The part that a call has in a trace. */
export interface CallTrace {
  /** 32 hex digits. */
  readonly traceId: string;
  /** Absent of a call whose spans are not kept. */
  readonly recorder?: CallRecorder;
}

/** What a handler tells metrics and log about its work. */
export interface CallFacts {
  /** Set once the namespace is known to exist. */
  namespace?: string;
  /** Of the first query that began. */
  queryId?: string;
  /** Answered queries of this call. */
  readonly queries: QueryFacts[];
  /** `upsert`, `delete` and so on, when records changed. */
  write?: string;
  /** The id of the API key that was made or changed, or the snapshot that was downloaded. */
  target?: string;
  /** What a namespace that is deleted used until then. */
  finalUsage?: Readonly<Record<string, number | string>>;
}

/** One request, from its headers to its end: made by the door, shared by interceptors and handlers. */
export interface Call {
  readonly door: Door;
  readonly requestId: string;
  /** Whether it may go on; decided on the headers and the method, before a body is read. */
  decision: Decision;
  /** X-Namespace. */
  readonly namespaceHeader: string | undefined;
  /** Which RPC it is; undefined for a path that has none. */
  method?: DescMethod | undefined;
  /** The address that the connection comes from. */
  readonly address?: string | undefined;
  /** The subject of the certificate that the client has shown, where it has. */
  readonly certificate?: string | undefined;
  readonly facts: CallFacts;
  /** Absent of a call that is part of no trace. */
  readonly trace?: CallTrace | undefined;
  /** The socket or session that it came by; absent where there is none. */
  readonly connection?: Connection | undefined;
  /** Set by the interceptors, so that the door reports only calls that never reached them. */
  isReported: boolean;
  /** Lets the call live on when its key ends: the answer to a rotation has the new one. Set while it runs. */
  outliveKey?: (() => void) | undefined;
  /** Milliseconds since 1970 when the work must end; absent for streams without a deadline. */
  deadlineMs?: number | undefined;
}

/** What is needed to begin a call. */
export type CallInit = Pick<
  Call,
  "door" | "requestId" | "decision" | "namespaceHeader" | "method" | "address" | "certificate" | "connection" | "trace"
>;

/** Begins a call. */
export function createCall(init: CallInit): Call {
  const { door, requestId, decision, namespaceHeader, method, address, certificate, connection, trace } = init;
  const facts: CallFacts = { queries: [] };
  // Field by field, and all of them: objects of one shape are made and read the fastest.
  return {
    door,
    requestId,
    decision,
    namespaceHeader,
    method,
    address,
    certificate,
    facts,
    trace,
    connection,
    isReported: false,
    outliveKey: undefined,
    deadlineMs: undefined,
  };
}

/** What a caller may name its request. */
const REQUEST_ID = /^[A-Za-z0-9_.:-]{1,128}$/;

/** The name of a request: the caller's, where it may be one, else one of ours. */
export function requestIdOf(asked: unknown): string {
  return typeof asked === "string" && REQUEST_ID.test(asked) ? asked : randomUUID();
}

/** Where interceptors and handlers find the call. */
export const CALL = createContextKey<Call>(
  createCall({
    door: "connect",
    requestId: "",
    decision: { isAllowed: true, userId: "anonymous", role: undefined },
    namespaceHeader: undefined,
  }),
  { description: "the call" },
);
