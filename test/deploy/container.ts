import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { until } from "../e2e/harness/server.js";
import type { Image } from "./image.js";
import { tryRun } from "./run.js";

/** What `docker run` is told. */
export interface ContainerOptions {
  /** The folder that is mounted as the image's volume. */
  readonly data: string;
  /** After the image's name; in place of its CMD. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** `1000:1000`, as `--user` takes it. Default: what the image says, which is root. */
  readonly user?: string;
  /** `ALL`, as `--cap-drop` takes it; another user than root has none in any case. */
  readonly capDrop?: "ALL";
}

/**
 * Like `docker run --read-only`: the root takes no writes, nothing but the volume and /proc is mounted, and of the network
 * there is a loopback interface of its own. Each program replaces the one before, so that signals go to the last.
 */
const ENTER = `
set -e
root=$1 data=$2 volume=$3
shift 3
ip link set lo up
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount --bind "$data" "$root$volume"
exec env -i "$@"
`;

/** The process of an image, in a root and a network of its own. Needs to be root. */
export class Container {
  readonly #child: ChildProcess;
  readonly #image: Image;
  readonly #env: Readonly<Record<string, string>>;
  stdout = "";
  stderr = "";

  private constructor(child: ChildProcess, image: Image, env: Readonly<Record<string, string>>) {
    this.#child = child;
    this.#image = image;
    this.#env = env;
    child.stdout!.setEncoding("utf8").on("data", (text) => {
      this.stdout += text;
    });
    child.stderr!.setEncoding("utf8").on("data", (text) => {
      this.stderr += text;
    });
  }

  /** Runs the image's entry point with its CMD, or with `args`. */
  static run(image: Image, { data, args, env: given, user, capDrop }: ContainerOptions): Container {
    const { config, root } = image;
    const env = { ...config.env, ...given };
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const chroot = ["chroot", ...(user === undefined ? [] : [`--userspec=${user}`, "--groups="]), root];
    const setpriv = capDrop === undefined ? [] : ["setpriv", "--inh-caps=-all", "--bounding-set=-all", "--"];
    const inside = [`cd "$0" && exec "$@"`, config.workdir, ...config.entrypoint, ...(args ?? config.command)];
    const script = ["/bin/sh", "-c", ENTER, "enter", root, data, config.volumes[0]!];
    const unshare = ["--mount", "--net", "--propagation", "private", ...script];
    const child = spawn("unshare", [...unshare, ...variables, ...chroot, ...setpriv, "/bin/sh", "-c", ...inside]);
    return new Container(child, image, env);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** User and group that the process runs as: the real, effective, saved and file system's ids are the same. */
  get user(): string {
    const ids = ["Uid", "Gid"].map((name) => new Set(this.#status(name).split("\t")));
    return ids.map((each) => [...each].join("/")).join(":");
  }

  /** Capabilities that it has or could get, as bits; those of programs with the set-user-id bit are out by NoNewPrivs. */
  get privileges(): Readonly<Record<string, string>> {
    return Object.fromEntries(["CapPrm", "CapEff", "CapInh", "NoNewPrivs"].map((each) => [each, this.#status(each)]));
  }

  /** Options that its root is mounted with. */
  get rootOptions(): readonly string[] {
    const mounts = readFileSync(`/proc/${this.pid}/mounts`, "utf8");
    return / \/ \S+ (\S+) /.exec(mounts)![1]!.split(",");
  }

  #status(name: string): string {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    return new RegExp(`^${name}:\\t(.*)$`, "m").exec(status)![1]!;
  }

  /** Waits until a line of the log says that data are recovered. @throws Error with all output when the process ends first */
  async ready(): Promise<this> {
    await until("the server is ready", () => {
      if (this.hasEnded) throw new Error(`it ended:\n${this.stdout}${this.stderr}`);
      return this.stdout.includes('"msg":"ready"');
    });
    return this;
  }

  /** Carries out the image's health check where the process runs, with its variables and `env`. @returns the exit status */
  async checkHealth(env: Readonly<Record<string, string>> = {}): Promise<number | null> {
    const variables = Object.entries({ ...this.#env, ...env }).map(([name, value]) => `${name}=${value}`);
    const inside = ["env", "-i", ...variables, "chroot", this.#image.root, ...this.#image.config.healthcheck];
    return (await tryRun("nsenter", [`--net=/proc/${this.pid}/ns/net`, ...inside])).status;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits for the end. @returns the exit status, or the name of the signal that ended it */
  async ended(): Promise<number | NodeJS.Signals> {
    if (!this.hasEnded || this.#child.stdout!.readableEnded === false) await once(this.#child, "close");
    return this.#child.exitCode ?? this.#child.signalCode!;
  }

  /** For `afterEach`: ends it in any case. */
  async kill(): Promise<void> {
    if (this.hasEnded) return;
    this.signal("SIGKILL");
    await once(this.#child, "exit");
  }
}
