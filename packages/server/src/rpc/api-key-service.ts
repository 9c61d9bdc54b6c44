import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { NAME_PATTERN } from "@vecstore/engine";
import type { KeyStore } from "../auth/key-store.js";
import { KEY_LIMITS } from "../auth/limits.js";
import { validateNewKey } from "../auth/new-key.js";
import { CALL } from "../call.js";
import { refusal } from "../errors.js";
import type { ApiKeyService, ListApiKeysRequest } from "../gen/vecstore/v1/api_key_service_pb.js";
import { apiKeyToWire, roleFromWire } from "./convert/api-key.js";
import { fromTimestamp } from "./convert/numbers.js";
import type { RpcDeps } from "./deps.js";

/** Keys, for admins. */
export function createApiKeyService(deps: RpcDeps): ServiceImpl<typeof ApiKeyService> {
  return {
    async createApiKey({ name, role, namespaces, expiresAt }, context) {
      const keys = keysOf(deps);
      const asked = { name, role: roleFromWire(role), namespaces, expiresAtMs: fromTimestamp(expiresAt, "expires_at") };
      const spec = validateNewKey(asked, Date.now(), (each) => NAME_PATTERN.test(each));
      const { key, record } = await keys.create(spec);
      tellTarget(context, record.id);
      return { key, apiKey: apiKeyToWire(record) };
    },

    listApiKeys(request) {
      const keys = keysOf(deps);
      const size = pageSizeOf(request);
      const isListed = ({ revokedAtMs }: { revokedAtMs?: number | undefined }) =>
        request.includeRevoked || revokedAtMs === undefined;
      // One more, to know whether there is a next page.
      const found = keys.list(fromToken(request), size + 1, isListed);
      const page = found.slice(0, size);
      const last = page.at(-1);
      const nextPageToken = found.length > size && last !== undefined ? toToken(request, last.id) : "";
      return { apiKeys: page.map(apiKeyToWire), nextPageToken };
    },

    async revokeApiKey({ id }, context) {
      const keys = keysOf(deps);
      outliveOwnKey(context, id);
      await keys.revoke(id);
      tellTarget(context, id);
      return {};
    },

    async rotateApiKey({ id }, context) {
      const keys = keysOf(deps);
      outliveOwnKey(context, id);
      const { key, record } = await keys.rotate(id);
      tellTarget(context, id);
      return { key, apiKey: apiKeyToWire(record) };
    },
  };
}

/**
 * The keys, where they can be changed. Without authentication whoever comes could make one that still works when it is on.
 *
 * @throws ConnectError NO_ADMIN_KEY; unavailable while starting or draining: the directory's lock may be another's
 */
function keysOf(deps: RpcDeps): KeyStore {
  if (!deps.isAuthenticating()) {
    const how =
      "set VECSTORE_ADMIN_KEY, or stop the server and run `vecstore keys create --data DIR`; then start it again";
    throw refusal("NO_ADMIN_KEY", `authentication is off, so there is no admin who could manage keys; ${how}`);
  }
  deps.directory();
  return deps.keys;
}

/** Who rotates or revokes their own key is still answered. */
function outliveOwnKey(context: HandlerContext, id: string): void {
  const call = context.values.get(CALL);
  if (call.decision.isAllowed && call.decision.credential?.id === id) call.outliveKey?.();
}

function tellTarget(context: HandlerContext, id: string): void {
  context.values.get(CALL).facts.target = id;
}

function pageSizeOf({ pageSize }: ListApiKeysRequest): number {
  const { pageSizeDefault, pageSizeMax } = KEY_LIMITS;
  if (pageSize === undefined) return pageSizeDefault;
  if (pageSize >= 1 && pageSize <= pageSizeMax) return pageSize;
  throw refusal("LIMIT_OUT_OF_RANGE", `page_size is ${pageSize}; allowed are 1 to ${pageSizeMax}`);
}

/** The last id of a page, and what was listed: another list has other pages. */
function toToken({ includeRevoked }: ListApiKeysRequest, id: string): string {
  return Buffer.from(`${includeRevoked ? "all" : "live"} ${id}`).toString("base64url");
}

function fromToken(request: ListApiKeysRequest): string {
  if (request.pageToken === "") return "";
  const id = Buffer.from(request.pageToken, "base64url").toString().split(" ")[1] ?? "";
  if (toToken(request, id) === request.pageToken) return id;
  throw refusal("INVALID_PAGE_TOKEN", "page_token is not of this list; begin at the first page");
}
