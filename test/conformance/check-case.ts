import type { Case, Json, JsonObject, Step } from "./executor/case.js";
import { isMatcherName } from "./executor/match.js";
import { isValueName } from "./executor/values.js";
import { checkFaults } from "./harness/faults.mjs";

/** `operations.json`. */
export interface Operations {
  readonly operations: Readonly<Record<string, Operation>>;
  /** Names inside an argument, by its name. */
  readonly parts: Readonly<Record<string, readonly string[]>>;
}

interface Operation {
  /** Such as `VecStoreService.Query`; null where none is called. */
  readonly rpc: string | null;
  readonly arguments: readonly string[];
  readonly result: readonly string[];
}

/** What the schema cannot say of a case: names that no operation has, values that nobody makes, options without effect. */
export function problemsOf(one: Case, operations: Operations): string[] {
  const ofSteps = one.steps.flatMap((step, position) => {
    const problems = [...problemsOfStep(step, operations), ...problemsOfProxy(step, one)];
    return problems.map((problem) => `steps[${position}]: ${problem}`);
  });
  return [...problemsOfNamespace(one, operations), ...problemsOfFaults(one), ...ofSteps];
}

function problemsOfNamespace({ namespace }: Case, { operations, parts }: Operations): string[] {
  if (namespace === undefined || namespace === false) return [];
  return unknownNames(namespace, operations.create_namespace!.arguments, "namespace", parts);
}

function problemsOfFaults({ faults }: Case): string[] {
  try {
    checkFaults(faults ?? []);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

function problemsOfProxy(step: Step, { faults }: Case): string[] {
  const needing = (["attempts", "sent", "direct"] as const).filter((name) => step[name] !== undefined);
  return faults === undefined ? needing.map((name) => `${name} has no effect without faults`) : [];
}

function problemsOfStep(step: Step, { operations, parts }: Operations): string[] {
  const operation = operations[step.do];
  if (operation === undefined) return [`there is no operation ${step.do}`];
  return [
    ...unknownNames(step.with ?? {}, operation.arguments, "with", parts),
    ...unknownNames((step.expect ?? {}) as JsonObject, operation.result, "expect", {}),
    ...unknownDollars(step.with ?? null, isValueName),
    ...unknownDollars([step.expect ?? null, step.error ?? null, step.sent ?? null], (name) => {
      return isValueName(name) || isMatcherName(name);
    }),
  ];
}

/** Names that stand in an object and not in a list; `parts` says what may stand further inside. */
function unknownNames(object: JsonObject, known: readonly string[], at: string, parts: Operations["parts"]): string[] {
  return Object.entries(object).flatMap(([name, value]) => {
    if (!known.includes(name)) return [`${at} has ${name}; known are ${known.join(", ")}`];
    const inside = parts[name];
    if (inside === undefined) return [];
    const elements = (Array.isArray(value) ? value : [value]).filter((each) => isPlainObject(each));
    return elements.flatMap((each) => unknownNames(each as JsonObject, inside, `${at}.${name}`, parts));
  });
}

/** An object that stands for itself, and not for a value that is made. */
const isPlainObject = (json: Json): boolean =>
  typeof json === "object" && json !== null && !Object.keys(json).some((name) => name.startsWith("$"));

/** What may have dollars of its own. */
const OPAQUE = new Set(["filter_json", "metadata"]);

/** Names that begin with a dollar and mean nothing there. */
function unknownDollars(json: Json, isKnown: (name: string) => boolean): string[] {
  if (typeof json !== "object" || json === null) return [];
  return Object.entries(json).flatMap(([name, value]) => {
    if (OPAQUE.has(name)) return [];
    const own = name.startsWith("$") && !isKnown(name) ? [`nothing makes ${name}`] : [];
    return [...own, ...unknownDollars(value, isKnown)];
  });
}
