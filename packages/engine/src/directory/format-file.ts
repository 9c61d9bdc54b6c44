import { VecstoreError } from "../errors.js";
import { decodeUtf8, encodeUtf8 } from "../metadata/utf8.js";
import { type Env, joinPath } from "../storage/env.js";
import { corrupted } from "../storage/errors.js";

/** The newest version of a data directory that this program reads. On disk: do not renumber. */
export const FORMAT_VERSION = 2;
/** The first version, which a new directory has until it holds something that only a later one can say. */
const FIRST_FORMAT = 1;
/** The version from which namespaces can be deleted: an older program would take what is left of one for its content. */
export const DELETION_FORMAT = 2;

/** The version from which namespaces have quotas: an older program would apply what they refused. */
export const QUOTA_FORMAT = 2;

const FILE_NAME = "VECSTORE";

interface Format {
  readonly version: number;
  readonly storeId: string;
}

/**
 * Reads the format version of a data directory, or writes the first one into a new directory.
 *
 * @throws VecstoreError FORMAT_TOO_NEW, with nothing touched; DATA_CORRUPTED when the file is not ours
 */
export async function openFormatFile(env: Env, root: string): Promise<Format> {
  const path = joinPath(root, FILE_NAME);
  if (await env.exists(path)) return readFormat(env, path);
  const storeId = Array.from(env.randomBytes(16), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const format = { version: FIRST_FORMAT, storeId };
  await writeFormat(env, root, format);
  return format;
}

/** The last raise of each disk: two at once would write the same temporary file, and one would find it gone. */
const raises = new WeakMap<Env, Promise<void>>();

/**
 * Raises the version of a data directory, on the disk when it returns, before something is written that older programs do not know.
 *
 * @throws VecstoreError what the disk threw
 */
export async function requireFormat(env: Env, root: string, version: number): Promise<void> {
  const before = raises.get(env);
  const raise = (async () => {
    await before?.catch(() => {});
    await raiseFormat(env, root, version);
  })();
  raises.set(env, raise);
  await raise;
}

async function raiseFormat(env: Env, root: string, version: number): Promise<void> {
  const found = await readFormat(env, joinPath(root, FILE_NAME));
  if (found.version < version) await writeFormat(env, root, { ...found, version });
}

async function readFormat(env: Env, path: string): Promise<Format> {
  const file = await env.openFile(path);
  try {
    const bytes = new Uint8Array(Math.min(await file.size(), 256));
    await file.read(bytes, 0);
    return parse(path, decodeUtf8(bytes));
  } finally {
    await file.close();
  }
}

function parse(path: string, text: string): Format {
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
  return { version, storeId };
}

async function writeFormat(env: Env, root: string, { version, storeId }: Format): Promise<void> {
  const path = joinPath(root, FILE_NAME);
  const temporary = `${path}.tmp`;
  await env.remove(temporary);
  const file = await env.createFile(temporary);
  try {
    await file.write(encodeUtf8(`vecstore ${version}\n${storeId}\n`), 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await env.rename(temporary, path);
  await env.syncDirectory(root);
}
