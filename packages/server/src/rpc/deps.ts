import type { HandlerContext } from "@connectrpc/connect";
import type { NamespacedVecStore, QueryAnswer, VecStore } from "@vecstore/engine";
import type { KeyStore } from "../auth/key-store.js";
import { boundNamespace, permit } from "../auth/permit.js";
import { refusalOf } from "../auth/refusal-of.js";
import { needOf } from "../auth/rules.js";
import type { AnswerCache } from "../cache/answer-cache.js";
import { CALL } from "../call.js";
import type { Traffic } from "../quota/traffic.js";
import type { LiveRecall } from "./live-recall.js";

/** The namespace of a request that names none. */
export const NAMESPACE_DEFAULT = "default";

/** What services work with. */
export interface RpcDeps {
  /** The data directory. @throws ConnectError unavailable while starting or draining */
  directory(): NamespacedVecStore;
  /** The server's keys. */
  readonly keys: KeyStore;
  /** True while requests need a key. */
  isAuthenticating(): boolean;
  /** Who asks how much, by namespace. */
  traffic: Traffic;
  /** Answers that are kept; undefined when the server keeps none. */
  readonly cache: AnswerCache<QueryAnswer> | undefined;
  /** A query that takes as long has its plan in the log. */
  readonly slowQueryMs: number;
  /** Asks a share of the queries again; absent where that is off. */
  readonly liveRecall?: LiveRecall | undefined;
  /** Version of the server, for example `0.1.0`, and when it started, milliseconds since 1970. */
  about: { readonly version: string; readonly startedAtMs: number };
}

/**
 * Opens the namespace of a request: the one in its body, else of X-Namespace, else the one that its key is bound to, else
 * `default`.
 *
 * @param queries  of a batch, each of which counts as a request in the rate of the namespace
 * @throws ConnectError PERMISSION_DENIED, the same whether the namespace exists or not; what the engine throws
 */
export function openNamespace(deps: RpcDeps, named: string, context: HandlerContext, queries = 1): VecStore {
  const call = context.values.get(CALL);
  const name = named || call.namespaceHeader || boundNamespace(call.decision) || NAMESPACE_DEFAULT;
  const decision = permit(call.decision, needOf(context.method), name);
  if (!decision.isAllowed) throw refusalOf(decision);
  const store = deps.directory().namespaceNow(name);
  // Only now: a label for each name that somebody makes up would fill the metrics.
  call.facts.namespace = name;
  deps.traffic.enter(store.present, call.connection, queries);
  return store;
}

/** Says in metrics that records changed. */
export function tellWrite(context: HandlerContext, operation: string): void {
  context.values.get(CALL).facts.write = operation;
}
