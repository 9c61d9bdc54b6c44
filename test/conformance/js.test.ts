import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Case, caseFiles, readJson } from "./executor/case.js";
import type { Driver } from "./executor/driver.js";
import { Harness } from "./executor/harness.js";
import { jsDriver } from "./executor/js-driver.js";
import { runCase } from "./executor/run-case.js";

const DRIVERS = [jsDriver("connect"), jsDriver("grpc"), jsDriver("grpc-web")];
const { js: EXPECTED_FAILURES } = readJson(new URL("expected-failures.json", import.meta.url)) as { js: string[] };

let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start();
}, 120_000);
afterAll(() => harness?.stop());

describe.concurrent.each(caseFiles())("$file", ({ content }) => {
  for (const one of content.cases) {
    const drivers = DRIVERS.filter(({ protocol }) => one.protocols?.includes(protocol) ?? true);
    it.each(drivers)(`${one.name} [$protocol]`, (driver) => carryOut(one, driver));
  }
});

/** Carries out a case; one that is known to fail must. */
async function carryOut(one: Case, driver: Driver): Promise<void> {
  const isExpected = [one.name, `${one.name} [${driver.protocol}]`].some((name) => EXPECTED_FAILURES.includes(name));
  const running = runCase(one, driver, harness);
  if (isExpected) await expect(running, "it passes: take it out of expected-failures.json").rejects.toThrow();
  else await running;
}
