import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Env, joinPath } from "./env.js";
import { isAlreadyThere, isNotFound } from "./errors.js";

/** An Env under test with an empty directory of its own. */
export interface EnvCase {
  readonly env: Env;
  readonly directory: string;
  dispose?(): Promise<void>;
}

/** What every Env promises, as the interface says it. */
export function envCases(name: string, create: () => Promise<EnvCase>): void {
  describe(`Env: ${name}`, () => {
    let current: EnvCase;
    const at = (path: string) => joinPath(current.directory, path);
    beforeEach(async () => {
      current = await create();
    });
    afterEach(async () => {
      await current.dispose?.();
    });
    const context = { env: () => current.env, at, directory: () => current.directory };
    fileCases(context);
    nameCases(context);
    directoryCases(context);
    otherCases(context);
  });
}

interface Context {
  env(): Env;
  at(path: string): string;
  directory(): string;
}

const bytes = (...values: number[]) => Uint8Array.from(values);

async function put(env: Env, path: string, content: Uint8Array): Promise<void> {
  const file = await env.createFile(path);
  await file.write(content, 0);
  await file.sync();
  await file.close();
}

async function contentOf(env: Env, path: string): Promise<Uint8Array> {
  const file = await env.openFile(path);
  const content = new Uint8Array(await file.size());
  await file.read(content, 0);
  await file.close();
  return content;
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function fileCases({ env, at }: Context): void {
  it("reads back what was written, also across a gap, which reads as zeros", async () => {
    const file = await env().createFile(at("a"));
    await file.write(bytes(1, 2, 3), 0);
    await file.write(bytes(9), 5);
    await file.sync();
    expect(await file.size()).toBe(6);
    await file.close();
    expect(await contentOf(env(), at("a"))).toEqual(bytes(1, 2, 3, 0, 0, 9));
    expect(await env().fileSize(at("a"))).toBe(6);
  });

  it("reads fewer bytes only at the end of the file", async () => {
    await put(env(), at("a"), bytes(1, 2, 3));
    const file = await env().openFile(at("a"));
    const into = new Uint8Array(4);
    expect(await file.read(into, 1)).toBe(2);
    expect(into).toEqual(bytes(2, 3, 0, 0));
    expect(await file.read(into, 3)).toBe(0);
    expect(await file.read(into, 100)).toBe(0);
    const sync = new Uint8Array(4);
    expect([file.readSync(sync, 1), file.readSync(sync.subarray(2), 3), file.readSync(sync, 100)]).toEqual([2, 0, 0]);
    expect(sync).toEqual(bytes(2, 3, 0, 0));
    await file.close();
  });

  it("writes several buffers one after the other, more than one system call takes, and views into larger ones", async () => {
    const buffers = Array.from({ length: 2_500 }, (_, i) => bytes(7, i % 251, 7).subarray(1, 2));
    const file = await env().createFile(at("a"));
    await file.writev([bytes(5), bytes(), ...buffers], 0);
    await file.writev([], 3);
    await file.close();
    expect(await contentOf(env(), at("a"))).toEqual(bytes(5, ...Array.from({ length: 2_500 }, (_, i) => i % 251)));
  });

  it("writes and reads shared memory", async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(64), 8, 16).fill(3);
    await put(env(), at("a"), shared);
    const into = new Uint8Array(new SharedArrayBuffer(16));
    const file = await env().openFile(at("a"));
    expect(await file.read(into, 0)).toBe(16);
    expect([...into]).toEqual([...shared]);
    into.fill(0);
    expect(file.readSync(into.subarray(8), 8)).toBe(8);
    await file.close();
    expect([...into]).toEqual([...new Uint8Array(8), ...shared.subarray(8)]);
    into.fill(3);
    expect(env().crc32(into)).toBe(env().crc32(new Uint8Array(16).fill(3)));
  });

  it("cuts a file, and what is written behind the cut does not bring the old bytes back", async () => {
    await put(env(), at("a"), bytes(1, 2, 3, 4));
    const file = await env().openFile(at("a"));
    await file.truncate(1);
    await file.write(bytes(8), 3);
    await file.close();
    expect(await contentOf(env(), at("a"))).toEqual(bytes(1, 0, 0, 8));
  });

  it("creates only what is absent and opens only what is there", async () => {
    await put(env(), at("a"), bytes(1));
    expect(isAlreadyThere(await failureOf(env().createFile(at("a"))))).toBe(true);
    expect(isNotFound(await failureOf(env().openFile(at("b"))))).toBe(true);
    expect(isNotFound(await failureOf(env().fileSize(at("b"))))).toBe(true);
    expect(isNotFound(await failureOf(env().createFile(at("no/such/directory"))))).toBe(true);
    expect(await contentOf(env(), at("a"))).toEqual(bytes(1));
  });

  it("keeps an open file readable when its name is gone", async () => {
    await put(env(), at("a"), bytes(1, 2));
    const file = await env().openFile(at("a"));
    await env().remove(at("a"));
    const into = new Uint8Array(2);
    expect(await file.read(into, 0)).toBe(2);
    await file.close();
    expect(await env().exists(at("a"))).toBe(false);
  });
}

function nameCases({ env, at }: Context): void {
  it("says what exists, files and directories", async () => {
    await put(env(), at("a"), bytes());
    await env().makeDirectory(at("d"));
    expect(await env().exists(at("a"))).toBe(true);
    expect(await env().exists(at("d"))).toBe(true);
    expect(await env().exists(at("b"))).toBe(false);
    expect(await env().exists(at("a/b"))).toBe(false);
  });

  it("removes a file, and does not mind its absence", async () => {
    await put(env(), at("a"), bytes(1));
    await env().remove(at("a"));
    await env().remove(at("a"));
    await env().remove(at("no/such"));
    expect(await env().exists(at("a"))).toBe(false);
  });

  it("renames over an existing file", async () => {
    await put(env(), at("a"), bytes(1));
    await put(env(), at("b"), bytes(2));
    await env().rename(at("a"), at("b"));
    await env().syncDirectory(at(""));
    expect(await contentOf(env(), at("b"))).toEqual(bytes(1));
    expect(await env().listDirectory(at(""))).toEqual(["b"]);
    expect(isNotFound(await failureOf(env().rename(at("a"), at("c"))))).toBe(true);
  });

  it("links, and the link outlives the first name", async () => {
    await put(env(), at("a"), bytes(1, 2));
    await env().makeDirectory(at("d"));
    await env().linkOrCopy(at("a"), at("d/b"));
    await env().remove(at("a"));
    expect(await contentOf(env(), at("d/b"))).toEqual(bytes(1, 2));
    expect(isNotFound(await failureOf(env().linkOrCopy(at("a"), at("c"))))).toBe(true);
    await put(env(), at("e"), bytes(3));
    expect(isAlreadyThere(await failureOf(env().linkOrCopy(at("e"), at("d/b"))))).toBe(true);
    expect(await contentOf(env(), at("d/b"))).toEqual(bytes(1, 2));
  });
}

function directoryCases({ env, at }: Context): void {
  it("makes directories with their parents, once or twice", async () => {
    await env().makeDirectory(at("x/y/z"));
    await env().makeDirectory(at("x/y/z"));
    await put(env(), at("x/y/z/a"), bytes(1));
    expect(await env().listDirectory(at("x"))).toEqual(["y"]);
    expect(await env().listDirectory(at("x/y/z"))).toEqual(["a"]);
  });

  it("lists names sorted, of files and directories, and nothing where there is nothing", async () => {
    for (const name of ["b", "a", "ä", "c-10", "c-9"]) await put(env(), at(name), bytes());
    await env().makeDirectory(at("d/e"));
    expect(await env().listDirectory(at(""))).toEqual(["a", "b", "c-10", "c-9", "d", "ä"]);
    expect(await env().listDirectory(at("no/such"))).toEqual([]);
  });

  it("removes a directory with all it holds and no other", async () => {
    await env().makeDirectory(at("d/e"));
    await put(env(), at("d/e/a"), bytes(1));
    await put(env(), at("d2"), bytes(1));
    await env().removeDirectory(at("d"));
    await env().removeDirectory(at("d"));
    expect(await env().exists(at("d"))).toBe(false);
    expect(await env().listDirectory(at(""))).toEqual(["d2"]);
  });

  it("syncs a directory that is there", async () => {
    await env().syncDirectory(at(""));
    expect(isNotFound(await failureOf(env().syncDirectory(at("no"))))).toBe(true);
  });
}

function otherCases({ env, directory }: Context): void {
  it("calls what its timer was started with, once, unless it was canceled", async () => {
    const called: number[] = [];
    const cancel = env().startTimer(0, () => called.push(1));
    cancel();
    await new Promise<void>((resolve) => {
      env().startTimer(0, () => called.push(2));
      env().startTimer(1, resolve);
    });
    expect(called).toEqual([2]);
    cancel();
  });

  it("gives whole milliseconds, random bytes and zlib's crc", async () => {
    expect(Number.isInteger(env().now())).toBe(true);
    expect(env().randomBytes(16)).toHaveLength(16);
    expect(env().randomBytes(16)).not.toEqual(env().randomBytes(16));
    const digits = new TextEncoder().encode("123456789");
    expect(env().crc32(digits)).toBe(0xcbf43926);
    expect(env().crc32(digits.subarray(4), env().crc32(digits.subarray(0, 4)))).toBe(0xcbf43926);
    expect(env().crc32(bytes())).toBe(0);
  });

  it("knows the free bytes or says that it does not", async () => {
    const free = await env().freeBytes(directory());
    expect(free === undefined || free > 0).toBe(true);
  });

  it("knows how much memory there is or says that it does not", () => {
    const memory = env().memoryBytes();
    expect(memory === undefined || (Number.isFinite(memory) && memory > 2 ** 20)).toBe(true);
  });

  it("gives a directory to one holder at a time", async () => {
    const lock = await env().lockDirectory(directory());
    const error = await failureOf(env().lockDirectory(directory()));
    expect(error).toMatchObject({ code: "failed_precondition", reason: "DATA_DIR_IN_USE" });
    expect((error as { details: Record<string, string> }).details).toMatchObject({
      pid: expect.stringMatching(/^\d+$/),
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    await lock.release();
    await lock.release();
    await (await env().lockDirectory(directory())).release();
  });
}
