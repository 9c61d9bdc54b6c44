import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { baseTarOf } from "../../scripts/image-base.mjs";
import { REPOSITORY } from "../tidy/tree.js";
import { copyContext } from "./build-context.js";
import { copyInto } from "./copy.js";
import { execForm, pairsOf, parseDockerfile, type Stage, type Step } from "./dockerfile.js";
import { runInRoot } from "./root.js";
import { run } from "./run.js";

/** What an image says of the process in it. */
export interface ImageConfig {
  readonly env: Record<string, string>;
  workdir: string;
  entrypoint: readonly string[];
  command: readonly string[];
  healthcheck: readonly string[];
  ports: readonly number[];
  volumes: readonly string[];
}

/** An image, made by the steps of the Dockerfile. */
export interface Image {
  /** The folder of its files. */
  readonly root: string;
  readonly config: Readonly<ImageConfig>;
  remove(): Promise<void>;
}

/** The same as in every image without another. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Carries out the repository's Dockerfile as a builder does, each stage in a root of its own. Needs to be root. */
export async function buildImage(): Promise<Image> {
  const folder = await mkdtemp(join(tmpdir(), "vecstore-image-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const context = join(folder, "context");
    await copyContext(REPOSITORY, context);
    const stages = parseDockerfile(await readFile(join(REPOSITORY, "Dockerfile"), "utf8"));
    const roots = new Map<string, string>();
    let last: StageRoot | undefined;
    for (const [at, stage] of stages.entries()) {
      last = new StageRoot(join(folder, `stage-${at}`), (from) => (from === undefined ? context : roots.get(from)));
      await last.build(stage);
      roots.set(stage.name ?? String(at), last.root);
    }
    if (last === undefined) throw new Error("the Dockerfile has no FROM");
    return { root: last.root, config: last.config, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The files of one stage, while its steps are carried out. */
class StageRoot {
  readonly config: ImageConfig = {
    env: { PATH },
    workdir: "/",
    entrypoint: [],
    command: [],
    healthcheck: [],
    ports: [],
    volumes: [],
  };

  constructor(
    readonly root: string,
    readonly sourceOf: (from: string | undefined) => string | undefined,
  ) {}

  async build({ base, steps }: Stage): Promise<void> {
    await mkdir(this.root);
    await run("tar", ["--extract", "--numeric-owner", "--file", baseTarOf(base), "--directory", this.root]);
    for (const step of steps) await this.#carryOut(step);
  }

  async #carryOut(step: Step): Promise<void> {
    const { config, root } = this;
    switch (step.instruction) {
      case "RUN":
        return runInRoot({ root, env: config.env, workdir: config.workdir, command: step.rest });
      case "COPY": {
        const source = this.sourceOf(step.flags.from);
        if (source === undefined) throw new Error(`Dockerfile:${step.line}: no stage ${step.flags.from}`);
        return copyInto({ source, root, workdir: config.workdir, paths: step.rest.split(/\s+/) });
      }
      case "WORKDIR":
        config.workdir = join(config.workdir, step.rest);
        await mkdir(join(root, config.workdir), { recursive: true });
        return;
      default:
        return this.#remember(step);
    }
  }

  /** Steps that change what the image says, and none of its files. */
  #remember(step: Step): void {
    const { config } = this;
    if (step.instruction === "ENV") Object.assign(config.env, pairsOf(step));
    if (step.instruction === "ENTRYPOINT") config.entrypoint = execForm(step);
    if (step.instruction === "CMD") config.command = execForm(step);
    if (step.instruction === "EXPOSE") config.ports = step.rest.split(/\s+/).map(Number);
    if (step.instruction === "VOLUME") config.volumes = step.rest.split(/\s+/);
    if (step.instruction === "HEALTHCHECK") {
      config.healthcheck = execForm({ ...step, rest: step.rest.replace(/^.*?CMD\s+/, "") });
    }
  }
}
