import { appendFile, mkdtemp, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { NodeEnv } from "../storage/node-env.js";
import { expectWhole, openTestLog, sequencesOf, upTo } from "./log-fixture.cases.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "vecstore-log-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const env = new NodeEnv();

it("keeps a log on a real disk: groups, fragments, files, trim and a torn tail", async () => {
  const options = { directory: join(directory, "deep", "log"), fileBytesMax: 500_000 };
  const first = await openTestLog(env, options);
  const appended = await Promise.all(
    upTo(40).map((sequence) => first.append(sequence, sequence * 1_000, sequence % 3)),
  );
  const large = await first.append(41, 3_000_000);
  await first.log.close();

  const second = await openTestLog(env, options);
  expect(sequencesOf(second.entries)).toEqual(upTo(41));
  expectWhole(second.entries);
  expect(second.cut).toBeUndefined();
  await second.append(42, 10);
  await second.log.trim(large.position);
  const { start } = second.log;
  expect(start).toBeGreaterThan(appended[20]!.position);
  await second.log.close();

  const names = await env.listDirectory(options.directory);
  const newest = join(options.directory, names.at(-1)!);
  await truncate(newest, (await env.fileSize(newest)) - 10);
  await appendFile(newest, "xyz");
  const third = await openTestLog(env, { ...options, replayFrom: large.end, checkpointPosition: large.end });
  expect(third.entries).toEqual([]);
  expect(third.cut).toMatchObject({ file: newest, position: large.end });
  await third.append(43, 10);
  await third.log.close();
  const fourth = await openTestLog(env, { ...options, replayFrom: large.end, checkpointPosition: large.end });
  expect(sequencesOf(fourth.entries)).toEqual([43]);
  await fourth.log.close();
});
