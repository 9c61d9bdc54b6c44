import { fromApiKey, fromShownKey, toCreateApiKey } from "./convert/api-key.js";
import { ApiKeyService } from "./gen/vecstore/v1/api_key_service_pb.js";
import type { ApiKeyInfo, CreateApiKeyOptions, ListApiKeysOptions, Role, ShownApiKey } from "./model/api-key.js";
import type { CallOptions } from "./model/call.js";
import type { Metadata } from "./model/metadata.js";
import { NamespaceHandle } from "./namespace-handle.js";

const methods = ApiKeyService;

/** Keys of a page; the most that the server allows. */
const PAGE_SIZE_MAX = 1_000;

/** What an admin does with keys. */
export class ApiKeys<M extends object = Metadata> extends NamespaceHandle<M> {
  /** Makes a key and shows its secret, once. A server without an admin's key refuses: NO_ADMIN_KEY. */
  async createApiKey(role: Role, options: CreateApiKeyOptions = {}): Promise<ShownApiKey> {
    return fromShownKey(await this.session.call(methods.createApiKey, toCreateApiKey(role, options), options));
  }

  /** Lists keys by id, without their secrets. */
  async listApiKeys(options: ListApiKeysOptions = {}): Promise<ApiKeyInfo[]> {
    const found: ApiKeyInfo[] = [];
    let pageToken = "";
    do {
      const { includeRevoked = false } = options;
      const request = { includeRevoked, pageSize: PAGE_SIZE_MAX, pageToken };
      const page = await this.session.call(methods.listApiKeys, request, options);
      found.push(...page.apiKeys.map(fromApiKey));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    return found;
  }

  /** Withdraws a key at once and for good; what runs under it ends. An unknown id is API_KEY_NOT_FOUND. */
  async revokeApiKey(id: string, options: CallOptions = {}): Promise<void> {
    await this.session.call(methods.revokeApiKey, { id }, options);
  }

  /** Gives a key a new secret and shows it, once; the old one stops at once. */
  async rotateApiKey(id: string, options: CallOptions = {}): Promise<ShownApiKey> {
    return fromShownKey(await this.session.call(methods.rotateApiKey, { id }, options));
  }
}
