import { VecstoreError } from "../errors.js";
import { decodeUtf8, encodeUtf8 } from "../metadata/utf8.js";
import { type Env, joinPath } from "../storage/env.js";
import { corrupted } from "../storage/errors.js";

/** Version of everything in a data directory. On disk: do not renumber. */
export const FORMAT_VERSION = 1;

const FILE_NAME = "VECSTORE";

/**
 * Reads the format version of a data directory, or writes it into a new one.
 *
 * @throws VecstoreError FORMAT_TOO_NEW, with nothing touched; DATA_CORRUPTED when the file is not ours
 */
export async function openFormatFile(env: Env, root: string): Promise<{ readonly storeId: string }> {
  const path = joinPath(root, FILE_NAME);
  if (!(await env.exists(path))) return createFormatFile(env, root, path);
  const file = await env.openFile(path);
  try {
    const bytes = new Uint8Array(Math.min(await file.size(), 256));
    await file.read(bytes, 0);
    return parse(path, decodeUtf8(bytes));
  } finally {
    await file.close();
  }
}

function parse(path: string, text: string): { readonly storeId: string } {
  // The version first: what follows it may be another in a newer format.
  const version = Number(/^vecstore (\d{1,9})\n/.exec(text)?.[1]);
  if (!(version >= 1)) throw corrupted(path, 0, "it does not begin with `vecstore` and a format version");
  if (version > FORMAT_VERSION) {
    const message = `${path} has format version ${version}; this program reads versions up to ${FORMAT_VERSION}; use a newer vecstore`;
    throw new VecstoreError("FORMAT_TOO_NEW", message, { got: String(version), supported: String(FORMAT_VERSION) });
  }
  const storeId = /^[^\n]*\n([0-9a-f]{32})\n$/.exec(text)?.[1];
  if (storeId === undefined)
    throw corrupted(path, text.indexOf("\n") + 1, "the store's id is not 32 hexadecimal digits");
  return { storeId };
}

async function createFormatFile(env: Env, root: string, path: string): Promise<{ readonly storeId: string }> {
  const storeId = Array.from(env.randomBytes(16), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const temporary = `${path}.tmp`;
  await env.remove(temporary);
  const file = await env.createFile(temporary);
  try {
    await file.write(encodeUtf8(`vecstore ${FORMAT_VERSION}\n${storeId}\n`), 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await env.rename(temporary, path);
  await env.syncDirectory(root);
  return { storeId };
}
