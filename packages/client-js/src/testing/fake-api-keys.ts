import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, type ServiceImpl } from "@connectrpc/connect";
import { refusal } from "./fake-store.js";
import { type ApiKey, ApiKeySchema, type ApiKeyService } from "./gen/vecstore/v1/api_key_service_pb.js";

const TIME = timestampFromMs(1_700_000_000_000);

/** The keys of a fake server. */
export class FakeApiKeys {
  readonly #keys = new Map<string, ApiKey>();

  readonly service: ServiceImpl<typeof ApiKeyService> = {
    createApiKey: ({ $typeName, ...request }) => {
      const id = `k${this.#keys.size + 1}`;
      this.#keys.set(id, create(ApiKeySchema, { ...request, id, prefix: `vs_${id}`, createdAt: TIME }));
      return { key: `vs_${id}_secret`, apiKey: this.#get(id) };
    },
    listApiKeys: ({ pageToken, includeRevoked }) => {
      // Pages of one, so that clients must follow the token.
      const listed = [...this.#keys.values()].filter(({ revokedAt }) => includeRevoked || revokedAt === undefined);
      const key = listed.find(({ id }) => id > pageToken);
      return key === undefined ? {} : { apiKeys: [key], nextPageToken: key.id };
    },
    revokeApiKey: ({ id }) => {
      this.#keys.set(id, create(ApiKeySchema, { ...this.#get(id), revokedAt: TIME }));
      return {};
    },
    rotateApiKey: ({ id }) => {
      this.#keys.set(id, create(ApiKeySchema, { ...this.#get(id), rotatedAt: TIME }));
      return { key: `vs_${id}_next`, apiKey: this.#get(id) };
    },
  };

  #get(id: string): ApiKey {
    const key = this.#keys.get(id);
    if (!key) throw refusal("API_KEY_NOT_FOUND", Code.NotFound, `there is no key ${id}`);
    return key;
  }
}
