import { cp, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { HELM, KUBERNETES_VERSIONS } from "../../scripts/deploy-tools.mjs";
import { REPOSITORY } from "../tidy/tree.js";
import { run, tryRun } from "./run.js";

/** The chart's folder. */
export const CHART = join(REPOSITORY, "helm/vecstore");
/** Values that turn everything on. */
export const EVERYTHING = join(CHART, "ci/everything.yaml");

/** An object of Kubernetes, as far as tests read it. */
// biome-ignore lint/suspicious/noExplicitAny: objects of ten kinds, of which tests read a field here and there.
export type KubeObject = any;

/** Installs the chart as release `r` into the namespace `data`, without a cluster: the objects. @throws Error with helm's words */
export async function render(...flags: readonly string[]): Promise<readonly KubeObject[]> {
  return parseAllDocuments((await renderText(...flags)).stdout)
    .map((document) => document.toJS() as KubeObject)
    .filter((object) => object !== null);
}

/** The same as text, with helm's warnings. */
export function renderText(...flags: readonly string[]) {
  return run(HELM, templateArguments(flags));
}

/** Renders what helm must refuse. @returns helm's words */
export async function refusalOf(...flags: readonly string[]): Promise<string> {
  const { status, stderr } = await tryRun(HELM, templateArguments(flags));
  if (status === 0) throw new Error(`helm took ${flags.join(" ")}`);
  return stderr;
}

/** NOTES.txt, as an installation prints it. Without a cluster helm shows no notes, so a copy of the chart has them as an object. */
export async function notes(...flags: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "vecstore-notes-"));
  try {
    await cp(CHART, folder, { recursive: true });
    await rename(join(folder, "templates/NOTES.txt"), join(folder, "notes.txt"));
    await writeFile(join(folder, "templates/notes.yaml"), `text: {{ tpl (.Files.Get "notes.txt") . | toJson }}\n`);
    const { stdout } = await run(HELM, templateArguments(["--show-only", "templates/notes.yaml", ...flags], folder));
    return parse(stdout).text;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function templateArguments(flags: readonly string[], chart = CHART): string[] {
  return ["template", "r", chart, "--namespace", "data", "--kube-version", KUBERNETES_VERSIONS[0]!, ...flags];
}

/** The only object of a kind, or the one of that name. @throws Error when there is none, or more than one */
export function only(objects: readonly KubeObject[], kind: string, name?: string): KubeObject {
  const found = objects.filter((each) => each.kind === kind && (name === undefined || each.metadata.name === name));
  if (found.length !== 1) throw new Error(`${found.length} of kind ${kind}, of ${objects.map((each) => each.kind)}`);
  return found[0];
}
