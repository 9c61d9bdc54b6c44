import type { ServiceImpl } from "@connectrpc/connect";
import { refusal } from "../errors.js";
import type { ApiKeyService } from "../gen/vecstore/v1/api_key_service_pb.js";
import { notImplemented } from "../unimplemented.js";
import type { RpcDeps } from "./deps.js";

/** Keys come later; the one thing that is known today is that none can be made without an admin key. */
export function createApiKeyService(deps: RpcDeps): Pick<ServiceImpl<typeof ApiKeyService>, "createApiKey"> {
  return {
    createApiKey() {
      if (deps.hasAdminKey) throw notImplemented("vecstore.v1.ApiKeyService.CreateApiKey");
      throw refusal("NO_ADMIN_KEY", "there is no admin key; set VECSTORE_ADMIN_KEY and start the server again");
    },
  };
}
