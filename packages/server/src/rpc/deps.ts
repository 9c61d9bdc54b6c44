import type { HandlerContext } from "@connectrpc/connect";
import type { NamespacedVecStore, VecStore } from "@vecstore/engine";
import { CALL } from "../call.js";

/** The namespace of a request that names none. */
export const NAMESPACE_DEFAULT = "default";

/** What services work with. */
export interface RpcDeps {
  /** The data directory. @throws ConnectError unavailable while starting or draining */
  directory(): NamespacedVecStore;
  /** True when an admin key exists, so that keys could be made. */
  hasAdminKey: boolean;
}

/** Opens the namespace of a request: the one in its body, else of X-Namespace, else `default`. */
export async function openNamespace(deps: RpcDeps, named: string, context: HandlerContext): Promise<VecStore> {
  const call = context.values.get(CALL);
  const name = named || call.namespaceHeader || NAMESPACE_DEFAULT;
  const store = await deps.directory().namespace(name);
  // Only now: a label for each name that somebody makes up would fill the metrics.
  call.facts.namespace = name;
  return store;
}

/** Says in metrics that records changed. */
export function tellWrite(context: HandlerContext, operation: string): void {
  context.values.get(CALL).facts.write = operation;
}
