import { join } from "node:path";
import { expect, test } from "vitest";
import { HADOLINT } from "../../scripts/deploy-tools.mjs";
import { REPOSITORY } from "../tidy/tree.js";
import { tryRun } from "./run.js";

test("hadolint has nothing to say about the Dockerfile", async () => {
  const { status, stdout } = await tryRun(HADOLINT, ["--failure-threshold", "style", join(REPOSITORY, "Dockerfile")]);
  expect([status, stdout]).toEqual([0, ""]);
});

test("hadolint would", async () => {
  const { status, stdout } = await tryRun(HADOLINT, ["-"], "FROM node\nRUN cd /tmp && apt-get install -y curl\n");
  expect([status, stdout]).toEqual([1, expect.stringContaining("DL3006")]);
});
