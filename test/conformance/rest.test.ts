import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Case, caseFiles } from "./executor/case.js";
import { Harness } from "./executor/harness.js";
import { hasRest, restDriver } from "./executor/rest-driver.js";
import { runCase } from "./executor/run-case.js";

/** Cases that are about what only a client does, or that JSON says in another way, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  "An import refuses a batch_size of 0": "the body is one stream of lines",
  "The bounds of a configuration are kept": "a word that no enum has is a fault of the message: INVALID_ARGUMENT",
  "A change of no namespace is not found": "a word that no enum has is a fault of the message: INVALID_ARGUMENT",
  "Updates are checked": "JSON has no NaN",
  "A number in metadata is finite": "JSON has no NaN",
  "A vector too large for float32 is refused":
    "a number that no float can be is a fault of the message: INVALID_ARGUMENT",
  "An empty vector is refused": "an empty list of numbers is no vector at all",
};

let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start();
}, 120_000);
afterAll(() => harness?.stop());

const CASES = caseFiles().flatMap(({ content }) => content.cases.filter(isForRest));

describe.concurrent("REST", () => {
  it.each(CASES.filter(({ name }) => !(name in LEFT_OUT)))("$name", (one) => runCase(one, restDriver, harness));
});

it("leaves out only cases that there are", () => {
  const names = CASES.map(({ name }) => name);
  expect(Object.keys(LEFT_OUT).filter((name) => !names.includes(name))).toEqual([]);
});

/** REST has no client whose connections, options and retries could be looked at. */
function isForRest({ client, faults, needs, protocols, server, steps }: Case): boolean {
  const isClients = client !== undefined || faults !== undefined || needs !== undefined || protocols !== undefined;
  return !isClients && server !== "nowhere" && steps.every((step) => step.client === undefined && hasRest(step.do));
}
