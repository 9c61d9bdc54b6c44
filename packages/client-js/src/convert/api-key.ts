import { invalidArgument } from "../errors.js";
import { ApiKey, type CreateApiKeyRequest, Role as WireRole } from "../gen/vecstore/v1/api_key_service_pb.js";
import type { ApiKeyInfo, CreateApiKeyOptions, Role, ShownApiKey } from "../model/api-key.js";
import { empty } from "../wire/decode.js";
import type { Init, Timestamp } from "../wire/schema.js";
import { toUtf8Safe } from "./text.js";
import { fromTimestamp, toTimestamp } from "./time.js";

const ROLES: Readonly<Record<Role, WireRole>> = {
  reader: WireRole.READER,
  writer: WireRole.WRITER,
  owner: WireRole.OWNER,
  admin: WireRole.ADMIN,
  metrics: WireRole.METRICS,
};

/**
 * A request for a key.
 *
 * @throws VecStoreError INVALID_ARGUMENT for a role that the schema has not, or a time that is none; INVALID_NAME, INVALID_ARGUMENT for what
 * is no UTF-8
 */
export function toCreateApiKey(
  role: Role,
  { name = "", namespaces = [], expiresAtMs }: CreateApiKeyOptions,
): Init<CreateApiKeyRequest> {
  if (!Object.hasOwn(ROLES, role)) {
    throw invalidArgument(`role is ${String(role)}; it must be one of ${Object.keys(ROLES).join(", ")}`);
  }
  return {
    name: toUtf8Safe(name, "name", "INVALID_ARGUMENT"),
    role: ROLES[role],
    namespaces: namespaces.map((each) => toUtf8Safe(each, "namespaces", "INVALID_NAME")),
    expiresAt: expiresAtMs === undefined ? undefined : toTimestamp(expiresAtMs, "expiresAtMs"),
  };
}

/** A key of an answer. */
export function fromApiKey(key: ApiKey): ApiKeyInfo {
  const { id, name, prefix, namespaces } = key;
  const role = (Object.keys(ROLES) as Role[]).find((each) => ROLES[each] === key.role) ?? "unknown";
  return {
    id,
    name,
    prefix,
    role,
    namespaces,
    createdAtMs: timeOf(key.createdAt) ?? 0,
    ...named("expiresAtMs", key.expiresAt),
    ...named("revokedAtMs", key.revokedAt),
    ...named("rotatedAtMs", key.rotatedAt),
  };
}

/** The answer to a creation or rotation. One without its key would be a fault of the server. */
export function fromShownKey({ key, apiKey }: { readonly key: string; readonly apiKey?: ApiKey }): ShownApiKey {
  return { key, info: fromApiKey(apiKey ?? empty(ApiKey)) };
}

function named(name: string, time: Timestamp | undefined): Partial<ApiKeyInfo> {
  return time === undefined ? {} : { [name]: fromTimestamp(time) };
}

function timeOf(time: Timestamp | undefined): number | undefined {
  return time === undefined ? undefined : fromTimestamp(time);
}
