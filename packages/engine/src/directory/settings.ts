import type { Core } from "../core/core.js";
import { LIMITS } from "../limits.js";
import type { DirectoryOptions, EngineEvent, FsyncPolicy } from "../model/options.js";
import type { CatalogEntry } from "../state/catalog.js";
import { type NamespaceContext, NamespaceState } from "../state/namespace-state.js";
import type { Env } from "../storage/env.js";
import { LimitedEnv } from "../storage/limited-env.js";
import { NamespaceFiles } from "./namespace-files.js";
import { OpenNamespace } from "./open-namespace.js";

/** The options of a data directory with their defaults filled in. */
export class DirectorySettings {
  /** For all but the log, so that no more files are open than may be. */
  readonly env: LimitedEnv;
  /** The log has one or two files open, which nobody else must wait for. */
  readonly logEnv: Env;
  readonly fsync: FsyncPolicy;
  readonly threads: number | undefined;
  readonly checkpointLogBytes: number;
  readonly graphRecordsMin: number;
  readonly segmentRecordsMax: number | undefined;
  /** Bytes; infinite where the platform does not say how much memory there is. */
  readonly memoryForVectors: number;
  /** Bytes; infinite where the platform does not say how much memory there is. */
  readonly memoryForNamespaces: number;
  readonly maxBatchRecords: number;
  readonly maxQueryLimit: number;
  readonly #onEvent: ((event: EngineEvent) => void) | undefined;

  /** @param env  used when the options name none */
  constructor(options: DirectoryOptions, env: Env) {
    this.logEnv = options.env ?? env;
    this.env = new LimitedEnv(this.logEnv, options.maxOpenFiles ?? LIMITS.openFilesDefault);
    this.fsync = options.fsync ?? "always";
    this.threads = options.threads;
    this.checkpointLogBytes = options.checkpointLogBytes ?? LIMITS.logBytesMax / 4;
    this.graphRecordsMin = options.graphRecordsMin ?? LIMITS.graphRecordsMin;
    this.segmentRecordsMax = options.segmentRecordsMax;
    const memoryBytes = this.env.memoryBytes() ?? Number.POSITIVE_INFINITY;
    this.memoryForVectors = options.memoryForVectors ?? Math.floor(memoryBytes / 2);
    this.memoryForNamespaces = options.memoryForNamespaces ?? Math.floor((memoryBytes / 4) * 3);
    this.maxBatchRecords = options.maxBatchRecords ?? LIMITS.batchRecordsDefault;
    this.maxQueryLimit = options.maxQueryLimit ?? LIMITS.queryLimitDefault;
    this.#onEvent = options.onEvent;
  }

  /** Tells the operator; a listener that throws is not our failure, and must not stop a log. */
  emit(event: EngineEvent): void {
    try {
      this.#onEvent?.(event);
    } catch {
      // The listener's own problem.
    }
  }

  /** What the state of a namespace is made with. */
  contextOf(core: Core, entry: CatalogEntry): NamespaceContext {
    const { metric, m, efConstruction, quantization, textAnalyzer } = entry.config;
    const { number, name } = entry;
    const randomSeed = () => new DataView(this.env.randomBytes(4).buffer).getUint32(0);
    const { graphRecordsMin, segmentRecordsMax } = this;
    return {
      number,
      name,
      metric,
      m,
      efConstruction,
      quantization,
      textAnalyzer,
      core,
      graphRecordsMin,
      segmentRecordsMax,
      randomSeed,
    };
  }

  /** An open namespace that holds nothing. */
  newNamespace(root: string, core: Core, entry: CatalogEntry): OpenNamespace {
    const state = new NamespaceState(this.contextOf(core, entry), entry.config.dimension ?? 0);
    state.quotas = entry.quotas;
    return new OpenNamespace(state, new NamespaceFiles(this.env, root, entry.number));
  }
}
