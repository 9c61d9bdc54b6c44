/**
 * Every limit of the engine, with its unit in the name and the reason beside it.
 * A test stands on both sides of each.
 */
export const LIMITS = {
  /** A vector of 65,535 floats is 256 KiB; more would not fit the scratch of the search core. */
  dimensionMax: 65_535,
  /** Components of a sparse vector that are not 0: encoders of texts give a few hundred. */
  sparseComponentsMax: 1_024,
  /** Ids are kept in memory for every record. */
  idBytesMax: 512,
  /** Worker threads of one store: beyond, they would only fight for memory bandwidth. */
  threadsMax: 64,
  /** Default of `maxBatchRecords`: a batch is applied in one turn of the event loop. */
  batchRecordsDefault: 1_000,
  /** The most that `maxBatchRecords` may be raised to. */
  batchRecordsMax: 10_000,
  /** Default of `maxQueryLimit`. */
  queryLimitDefault: 1_000,
  /** The most that `maxQueryLimit` may be raised to, and what a stream may ask for. */
  queryLimitMax: 10_000,
  /** Results when a query names no limit. */
  queryLimitAbsent: 10,
  /** Above this many candidates a sorted pool costs more than a scan. */
  efMax: 2_048,
  /** Results kept of one group. */
  groupSizeMax: 100,
  /** Candidates that diverse results are chosen from: each result compares all of them with it. */
  diversityCandidatesMax: 1_000,
  /** Records that a measure of recall takes as queries when it names no number. */
  recallSamplesAbsent: 100,
  /** The most records that a measure of recall takes: each is compared with all others. */
  recallSamplesMax: 1_000,
  /** Metadata of one record as UTF-8 JSON: larger things belong in an object store. */
  metadataBytesMax: 40 * 1024,
  /** Nesting of metadata; a bound on recursion. */
  metadataDepthMax: 16,
  /** Fields of a segment that have columns, the first to come: each costs some KiB. Filters on others read the metadata. */
  fieldsMax: 256,
  /** A string of a field's column as UTF-8, and a name: longer ones are texts, which filters read in the metadata. */
  fieldStringBytesMax: 256,
  /** Elements of one array in a column: longer arrays are data, not tags, and filters read them in the metadata. */
  fieldElementsMax: 64,
  /** Text of one record as UTF-8. */
  textBytesMax: 1024 * 1024,
  /** Distinct terms of a query's text that count, the rarest ones: each costs a walk through its postings. */
  queryTermsMax: 1_024,
  /** Description of a namespace as UTF-8: the catalog keeps all of them in memory. */
  descriptionBytesMax: 1_024,
  /** Labels of a namespace. */
  labelsMax: 64,
  /** Key of a label as UTF-8. */
  labelKeyBytesMax: 63,
  /** Value of a label as UTF-8. */
  labelValueBytesMax: 255,
  /** Records of a page when the caller names no size. */
  pageSizeAbsent: 100,
  /** The most records of one page. */
  pageSizeMax: 1_000,
  /** Length of a filter string, UTF-8. */
  filterBytesMax: 8 * 1024,
  /** Nesting of a filter; a bound on recursion. */
  filterDepthMax: 32,
  /** Comparisons and list elements in one filter. */
  filterTermsMax: 1_024,
  /** Length of an idempotency key, UTF-8. */
  idempotencyKeyBytesMax: 128,
  /** Idempotency outcomes kept per namespace. */
  idempotencyEntriesMax: 10_000,
  /** How long an idempotency outcome is kept, by log time. */
  idempotencyAgeMsMax: 24 * 60 * 60 * 1000,
  /** The last millisecond of the year 9999: the last that RFC 3339 and protobuf can say. */
  expiresAtMsMax: 253_402_300_799_999,
  /** Between two removals of what has expired: nothing is seen of it meanwhile, and each is an entry of the log. */
  expireIntervalMs: 1_000,
  /** Bytes of the log beyond the oldest checkpoint: this bounds the time of a restart. */
  logBytesMax: 128 * 1024 * 1024,
  /** One fragment of the log; a replicated log caps its messages near this. */
  logFragmentBytesMax: 1024 * 1024,
  /** Records below which a segment has no graph: a flat scan is faster. */
  graphRecordsMin: 10_000,
  /** Codes, links and sketches of one segment: a million records of 768 dimensions, and a third of ten million of 100. */
  graphBytesMax: 1280 * 1024 * 1024,
  /** Share of dead slots above which a segment is rewritten. */
  deadRatioMax: 0.15,
  /** Default of `maxOpenFiles`: many systems allow a process 1,024. */
  openFilesDefault: 1_000,
  /** The least that `maxOpenFiles` may be: fewer would have every read wait for another. */
  openFilesMin: 16,
  /** The most that `maxOpenFiles` may be raised to. */
  openFilesMax: 1_000_000,
  /** HNSW links per node and layer. */
  mMax: 64,
  /** HNSW candidates while building. */
  efConstructionMax: 2_048,
} as const;

/** Names of namespaces and snapshots: safe in a URL, a label and a file name. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
