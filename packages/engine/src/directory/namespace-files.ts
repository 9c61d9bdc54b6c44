import type {
  FileReference,
  GraphCalibration,
  NamespaceManifest,
  SegmentManifest,
} from "../gen/vecstore/storage/v1/manifest.js";
import type { Segment } from "../segment/segment.js";
import { joinPath } from "../storage/env.js";
import type { LimitedEnv } from "../storage/limited-env.js";
import { MANIFESTS_KEPT } from "./manifest-file.js";
import { type NumberedFile, namespacePath, numberedName, numberOf } from "./names.js";
import { OpenParts } from "./open-parts.js";

/** The files of one segment that the newest manifest names. */
export interface SegmentFiles {
  readonly parts: readonly FileReference[];
  readonly deaths: FileReference | undefined;
  /** Deaths, soft and for good, that `deaths` holds: counts only grow, so equal counts mean equal deaths. */
  readonly deathCounts: string;
  readonly graph: GraphFile | undefined;
  readonly calibration: GraphCalibration | undefined;
}

/** A graph file and what is needed to read it. */
export interface GraphFile {
  readonly file: FileReference;
  readonly indexed: number;
  readonly mean: Uint8Array;
  readonly capacity: number;
  readonly seed: number;
}

/** Nothing written yet. */
export const NO_FILES: SegmentFiles = {
  parts: [],
  deaths: undefined,
  deathCounts: "0/0",
  graph: undefined,
  calibration: undefined,
};

/** What identifies the deaths of a segment at one moment. */
export function deathCountsOf(segment: Segment): string {
  return `${segment.softCount}/${segment.deadCount}`;
}

interface KeptManifest {
  readonly number: number;
  readonly manifest: NamespaceManifest;
}

interface LoggedFiles {
  readonly sequence: number;
  readonly manifest: NamespaceManifest;
}

/** The bookkeeping of a namespace's directory: which files there are, and which manifests name them. */
export class NamespaceFiles {
  readonly env: LimitedEnv;
  readonly directory: string;
  nextFileNumber = 1;
  readonly bySegment = new Map<Segment, SegmentFiles>();
  /** The parts that segments read vectors from. */
  readonly parts: OpenParts;
  /** The manifests that are kept, oldest first. */
  #kept: KeptManifest[] = [];
  /** Files that entries of the log name, which a replay needs until both manifests are newer. */
  #logged: LoggedFiles[] = [];

  constructor(env: LimitedEnv, root: string, number: number) {
    this.env = env;
    this.directory = namespacePath(root, number);
    this.parts = new OpenParts(env, this.directory);
  }

  /** The newest checkpoint; undefined before the first. */
  get manifest(): NamespaceManifest | undefined {
    return this.#kept.at(-1)?.manifest;
  }

  /** True when each of two kept checkpoints holds the entries up to `sequence`: then either can stand in without the log. */
  bothHold(sequence: number): boolean {
    return this.#kept.length === MANIFESTS_KEPT && Number(this.#kept[0]!.manifest.sequence) >= sequence;
  }

  /** Number of the newest checkpoint; 0 before the first. */
  get manifestNumber(): number {
    return this.#kept.at(-1)?.number ?? 0;
  }

  /** Bytes of the files that the newest checkpoint names. */
  get diskBytes(): number {
    return referencesOf(this.manifest).reduce((sum, file) => sum + Number(file.bytes), 0);
  }

  /** Bytes of the files of one segment that a checkpoint wrote. */
  diskBytesOf(segment: Segment): number {
    const { parts, deaths, graph } = this.bySegment.get(segment) ?? NO_FILES;
    return [...parts, deaths, graph?.file].reduce((sum, file) => sum + Number(file?.bytes ?? 0n), 0);
  }

  /** A name that no file of this namespace has had. */
  nextName(kind: NumberedFile): string {
    return numberedName(kind, this.nextFileNumber++);
  }

  path(name: string): string {
    return joinPath(this.directory, name);
  }

  /** Notes that a manifest is on the disk, or was read from it. */
  keep(number: number, manifest: NamespaceManifest): void {
    this.#kept = [...this.#kept, { number, manifest }].slice(-MANIFESTS_KEPT);
    if (this.#kept.length < MANIFESTS_KEPT) return;
    const replayFrom = Number(this.#kept[0]!.manifest.sequence);
    this.#logged = this.#logged.filter(({ sequence }) => sequence > replayFrom);
  }

  /** True while an entry of the log that may be replayed names files: only this object knows that they must stay. */
  get areLogged(): boolean {
    return this.#logged.length > 0;
  }

  /** Notes that the log entry of this sequence names the files of `manifest`: a replay reads them. */
  keepLogged(sequence: number, manifest: NamespaceManifest): void {
    this.#logged.push({ sequence, manifest });
  }

  /**
   * Deletes what no kept manifest, no log entry that may be replayed and no segment names: replaced files, older
   * manifests, leftovers of a crash or of a checkpoint that failed. A part that a view still reads goes after the view.
   */
  async removeOrphans(): Promise<void> {
    const manifests = [...this.#kept, ...this.#logged].map(({ manifest }) => manifest);
    const written = [...this.bySegment.values()].flatMap(({ parts, deaths, graph }) => [...parts, deaths, graph?.file]);
    const named = new Set([...manifests.flatMap(referencesOf), ...written].map((file) => file?.name));
    for (const name of await this.env.listDirectory(this.directory)) {
      if (this.#isOrphan(name, named)) await this.parts.remove(name);
    }
  }

  #isOrphan(name: string, named: ReadonlySet<string | undefined>): boolean {
    if (name.endsWith(".tmp")) return true;
    const manifest = numberOf("manifest", name);
    if (manifest !== undefined) return this.#kept.every(({ number }) => number !== manifest);
    const isNumbered = (["part", "deaths", "graph"] as const).some((kind) => numberOf(kind, name) !== undefined);
    return isNumbered && !named.has(name);
  }
}

/** Every file that a manifest names. */
export function referencesOf(manifest: NamespaceManifest | undefined): FileReference[] {
  return (manifest?.segments ?? []).flatMap((segment) => segmentReferences(segment));
}

function segmentReferences(segment: SegmentManifest): FileReference[] {
  return [...segment.parts, segment.deaths, segment.graph].filter((file) => file !== undefined);
}
