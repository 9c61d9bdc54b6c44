import type { ApiKeyInfo, ShownApiKey } from "@vecstore/client";
import { openClient } from "./command/open-client.js";
import type { Env } from "./command/spec.js";
import type { KeysArguments } from "./keys-arguments.js";
import { newKeyOf } from "./new-key-flags.js";
import { type OutputFormat, outputFormat, tableText } from "./output.js";

/**
 * Makes, lists, rotates or revokes keys of a server that runs, and prints what came of it.
 *
 * @throws ConfigError for a mistake in the flags; VecStoreError for what the server refuses, or when it does not answer
 */
export async function runOnServer({ action, id, flags }: KeysArguments, env: Env): Promise<void> {
  const format = outputFormat(flags.output);
  const spec = action === "create" ? newKeyOf(flags) : undefined;
  const client = await openClient({ ...flags, namespace: undefined }, env);
  const change = async () => {
    if (spec !== undefined) return shownText(await client.createApiKey(spec.role, spec), format);
    if (action === "rotate") return shownText(await client.rotateApiKey(id), format);
    if (action === "list") {
      return listText(await client.listApiKeys({ includeRevoked: flags["include-revoked"] ?? false }), format);
    }
    await client.revokeApiKey(id);
    return format === "json" ? jsonText({ id, revoked: true }) : `The key ${id} is revoked.\n`;
  };
  try {
    process.stdout.write(await change());
  } finally {
    client.close();
  }
}

/** As REST has it. */
function jsonOf(key: ApiKeyInfo): Record<string, unknown> {
  const { id, name, prefix, role, namespaces } = key;
  const times = { created_at: key.createdAtMs, expires_at: key.expiresAtMs, revoked_at: key.revokedAtMs };
  const all = { ...times, rotated_at: key.rotatedAtMs };
  const known = Object.entries(all).filter(([, ms]) => ms !== undefined);
  return { id, name, prefix, role, namespaces, ...Object.fromEntries(known.map(([at, ms]) => [at, timeText(ms)])) };
}

function shownText({ key, info }: ShownApiKey, format: OutputFormat): string {
  if (format === "json") return jsonText({ ...jsonOf(info), key });
  const where = info.namespaces.length > 0 ? ` of ${info.namespaces.join(", ")}` : "";
  return `${key}\n\nThe key ${info.id}, ${info.role}${where}. It is shown once; the server keeps its SHA-256.\n`;
}

function listText(keys: readonly ApiKeyInfo[], format: OutputFormat): string {
  if (format === "json") return jsonText(keys.map(jsonOf));
  const rows = keys.map((key) => [
    key.id,
    key.role,
    key.namespaces.join(","),
    key.prefix,
    timeText(key.createdAtMs),
    timeText(key.expiresAtMs),
    timeText(key.revokedAtMs),
    key.name,
  ]);
  return tableText(["ID", "ROLE", "NAMESPACES", "PREFIX", "CREATED", "EXPIRES", "REVOKED", "NAME"], rows);
}

function timeText(ms: number | undefined): string {
  return ms === undefined ? "-" : new Date(ms).toISOString();
}

const jsonText = (value: unknown): string => `${JSON.stringify(value)}\n`;
