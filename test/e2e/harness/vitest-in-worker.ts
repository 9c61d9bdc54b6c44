/** Stands in for vitest where a case suite runs in a browser: it collects the tests, and runs them when told. */
import { chai, GLOBAL_EXPECT, JestAsymmetricMatchers, JestChaiExpect, JestExtend } from "@vitest/expect";

/** How one test ended. */
export interface CaseResult {
  readonly name: string;
  /** Absent when it passed. */
  readonly error?: string;
}

type Step = () => unknown;

interface Suite {
  readonly name: string;
  readonly before: Step[];
  readonly after: Step[];
}

const suites: Suite[] = [];
const tests: { readonly name: string; readonly within: readonly Suite[]; readonly run: Step }[] = [];

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

/** Vitest's own matchers. */
export const expect = chai.expect;
Object.defineProperty(globalThis, GLOBAL_EXPECT, { value: expect, configurable: true });

/** Names a group of tests. */
export function describe(name: string, define: () => void): void {
  suites.push({ name, before: [], after: [] });
  define();
  suites.pop();
}

/** Names a test. */
export function it(name: string, run: Step): void {
  const names = suites.map((suite) => suite.name);
  tests.push({ name: [...names, name].join(" > "), within: [...suites], run });
}

/** Runs before each test of the group. */
export function beforeEach(step: Step): void {
  suites.at(-1)!.before.push(step);
}

/** Runs after each test of the group. */
export function afterEach(step: Step): void {
  suites.at(-1)!.after.push(step);
}

/** Runs what was collected, one test after the other. */
export async function runCollected(): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const { name, within, run } of tests) {
    const before = within.flatMap((suite) => suite.before);
    const after = within.flatMap((suite) => suite.after);
    try {
      for (const step of [...before, run, ...after]) await step();
      results.push({ name });
    } catch (error) {
      results.push({ name, error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) });
    }
  }
  return results;
}
