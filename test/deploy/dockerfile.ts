/** One instruction of a Dockerfile, its lines joined. */
export interface Step {
  readonly instruction: string;
  /** `--from=build` is `from: "build"`. */
  readonly flags: Readonly<Record<string, string>>;
  /** What stands after the flags. */
  readonly rest: string;
  /** Where it begins, from 1. */
  readonly line: number;
}

/** What stands between one FROM and the next. */
export interface Stage {
  /** An image, such as `node:24.21.0-bookworm-slim`. */
  readonly base: string;
  readonly name: string | undefined;
  readonly steps: readonly Step[];
}

/** What the tests can carry out; `FROM` apart. */
const INSTRUCTIONS = new Set([
  "CMD",
  "COPY",
  "ENTRYPOINT",
  "ENV",
  "EXPOSE",
  "HEALTHCHECK",
  "LABEL",
  "RUN",
  "VOLUME",
  "WORKDIR",
]);

/**
 * Reads the stages of a Dockerfile, in order.
 *
 * @throws Error that names the line, for what these tests could not carry out as a builder does: other instructions,
 *   variables outside RUN, here-documents
 */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: { base: string; name: string | undefined; steps: Step[] }[] = [];
  for (const step of stepsOf(text)) {
    if (step.instruction === "FROM") {
      const [, base, name] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(step.rest) ?? refuse(step, "FROM IMAGE [AS NAME]");
      stages.push({ base: base!, name, steps: [] });
      continue;
    }
    if (!INSTRUCTIONS.has(step.instruction)) refuse(step, [...INSTRUCTIONS].join(", "));
    if (step.rest.includes("<<") || (step.instruction !== "RUN" && step.rest.includes("$"))) {
      refuse(step, "neither here-documents nor, outside RUN, variables");
    }
    (stages.at(-1) ?? refuse(step, "FROM first")).steps.push(step);
  }
  return stages;
}

function stepsOf(text: string): Step[] {
  const steps: Step[] = [];
  let joined = "";
  let line = 0;
  for (const [at, each] of text.split("\n").entries()) {
    if (/^\s*(#|$)/.test(each)) continue;
    if (joined === "") line = at + 1;
    joined += each.replace(/\\\s*$/, " ");
    if (/\\\s*$/.test(each)) continue;
    steps.push(stepOf(joined.trim(), line));
    joined = "";
  }
  return steps;
}

function stepOf(text: string, line: number): Step {
  const [, instruction, given] = /^(\S+)\s+(.*)$/s.exec(text)!;
  const flags: Record<string, string> = {};
  let rest = given!;
  for (let flag = FLAG.exec(rest); flag !== null; flag = FLAG.exec(rest)) {
    flags[flag[1]!] = flag[2]!;
    rest = rest.slice(flag[0].length);
  }
  return { instruction: instruction!.toUpperCase(), flags, rest, line };
}

const FLAG = /^--([a-z-]+)=(\S+)\s+/;

function refuse({ instruction, line }: Step, allowed: string): never {
  throw new Error(`Dockerfile:${line}: ${instruction} cannot be tested; allowed: ${allowed}`);
}

/** The words of `CMD ["a", "b"]` and the like. @throws Error for the form without brackets, which a shell would read */
export function execForm({ instruction, rest, line }: Step): readonly string[] {
  const words: unknown = rest.startsWith("[") ? JSON.parse(rest) : undefined;
  if (!Array.isArray(words)) throw new Error(`Dockerfile:${line}: ${instruction} must be a list in brackets`);
  return words.map(String);
}

/** The pairs of ENV and LABEL: `A=1 B="two words"`. */
export function pairsOf({ rest }: Step): Readonly<Record<string, string>> {
  const pairs = rest.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S*))/g);
  return Object.fromEntries([...pairs].map(([, name, quoted, bare]) => [name, quoted ?? bare ?? ""]));
}
