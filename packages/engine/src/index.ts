/** The public API of the engine; everything else is internal. */
export {
  type CheckedNamespace,
  type CheckOptions,
  checkDataDirectory,
  type DirectoryCheck,
  type DirectoryProblem,
} from "./check-data-directory.js";
export { lockDataDirectory } from "./directory/lock-data-directory.js";
export type { RecoverySummary } from "./directory/recovery.js";
export { ERROR_REASONS, type ErrorCode, type ErrorDetails, type ErrorReason, VecstoreError } from "./errors.js";
export { compileFilter, type Predicate } from "./filter/evaluate.js";
export { formatFilter, formatFilterShape } from "./filter/format.js";
export { filterFromJson } from "./filter/json.js";
export { parseFilter } from "./filter/parser.js";
export { validateFilter } from "./filter/validate.js";
export { LIMITS, NAME_PATTERN } from "./limits.js";
export type { LogCut } from "./log/log.js";
export type { AnswerBasis } from "./model/answer-basis.js";
export type {
  Estimate,
  HitExplain,
  QueryEstimate,
  QueryExplain,
  QueryPlan,
  QueryStage,
  QueryStageName,
} from "./model/explain.js";
export type { ComparisonOperator, Filter, FilterValue } from "./model/filter.js";
export type { JsonObject, JsonValue, Metadata } from "./model/metadata.js";
export type {
  Metric,
  NamespaceConfig,
  NamespaceInfo,
  NamespaceStatus,
  Quantization,
  TextAnalyzer,
} from "./model/namespace.js";
export type { QueryObserver, QueryStretch } from "./model/observer.js";
export type { DirectoryOptions, EngineEvent, FsyncPolicy, OpenOptions } from "./model/options.js";
export type {
  Diversity,
  Fusion,
  QueryAnswer,
  QueryChunk,
  QueryHit,
  QueryRequest,
  QueryStats,
  QueryStrategy,
} from "./model/query.js";
export type { Quotas } from "./model/quotas.js";
export type {
  DownloadOptions,
  ExportChunk,
  ExportRequest,
  GetResult,
  ListPage,
  ListRequest,
  SegmentMemory,
  SegmentStats,
  SnapshotChunk,
  SnapshotInfo,
  StoreStats,
} from "./model/read.js";
export type { Latency, MeasureRecallRequest, RecallMeasurement } from "./model/recall.js";
export type { Projection, RecordInput, SparseInput, SparseVector, StoredRecord, VectorInput } from "./model/record.js";
export type { AggregateUsage, NamespaceUsage, RequestCounts } from "./model/usage.js";
export type {
  AffectedResult,
  CompactResult,
  RecordUpdate,
  Target,
  UpdateResult,
  UpsertEachOptions,
  UpsertEachResult,
  UpsertEachRow,
  UpsertFailure,
  UpsertOptions,
  UpsertResult,
  WriteMode,
} from "./model/write.js";
export {
  type CreateNamespaceOptions,
  type ListNamespacesOptions,
  NamespacedVecStore,
  type NamespacePage,
  type UpdateNamespaceOptions,
} from "./namespaced-vecstore.js";
export type { Bounds } from "./query/pace.js";
export type { DirectoryLock, Env, EnvFile } from "./storage/env.js";
export { MemoryEnv, type MemoryEnvOptions } from "./storage/memory-env.js";
export { OpfsEnv, type OpfsEnvOptions } from "./storage/opfs-env.js";
export { VecStore } from "./vecstore.js";
