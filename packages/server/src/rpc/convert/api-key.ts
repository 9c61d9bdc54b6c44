import type { MessageInitShape } from "@bufbuild/protobuf";
import type { KeyRecord } from "../../auth/key-record.js";
import type { Role } from "../../auth/roles.js";
import { refusal } from "../../errors.js";
import { type ApiKeySchema, Role as WireRole } from "../../gen/vecstore/v1/api_key_service_pb.js";
import { toTimestamp } from "./numbers.js";

const ROLES: Readonly<Record<Role, WireRole>> = {
  reader: WireRole.READER,
  writer: WireRole.WRITER,
  owner: WireRole.OWNER,
  admin: WireRole.ADMIN,
  metrics: WireRole.METRICS,
};

/** Reads a role. @throws ConnectError INVALID_ARGUMENT when there is none */
export function roleFromWire(role: WireRole): Role {
  const known = (Object.keys(ROLES) as Role[]).find((name) => ROLES[name] === role);
  if (known !== undefined) return known;
  throw refusal("INVALID_ARGUMENT", `role is not set; allowed are ${Object.keys(ROLES).join(", ")}`);
}

/** A key without its secret. */
export function apiKeyToWire(record: KeyRecord): MessageInitShape<typeof ApiKeySchema> {
  const { id, name, prefix, namespaces } = record;
  return {
    id,
    name,
    prefix,
    role: ROLES[record.role],
    namespaces: [...namespaces],
    createdAt: toTimestamp(record.createdAtMs),
    expiresAt: toTimestamp(record.expiresAtMs),
    revokedAt: toTimestamp(record.revokedAtMs),
    rotatedAt: toTimestamp(record.rotatedAtMs),
  };
}
