package vecstore

// Reasons of the server. Each comment begins with the code.
//
//nolint:gosec // None of them is a key.
const (
	// ReasonInvalidArgument: invalid_argument: a field is wrong and no other reason fits. Change the request; the message
	// names the field.
	ReasonInvalidArgument Reason = "INVALID_ARGUMENT"
	// ReasonEmptyBatch: invalid_argument: a batch holds nothing. Send at least one.
	ReasonEmptyBatch Reason = "EMPTY_BATCH"
	// ReasonBatchTooLarge: invalid_argument: a batch holds too many. Split it.
	ReasonBatchTooLarge Reason = "BATCH_TOO_LARGE"
	// ReasonDuplicateID: invalid_argument: an id is twice in a batch. Send each once.
	ReasonDuplicateID Reason = "DUPLICATE_ID"
	// ReasonInvalidID: invalid_argument: an id is empty, longer than 512 bytes or no UTF-8. Change the id.
	ReasonInvalidID Reason = "INVALID_ID"
	// ReasonInvalidVector: invalid_argument: a vector holds NaN or an infinity, or its form is wrong. Change the vector.
	ReasonInvalidVector Reason = "INVALID_VECTOR"
	// ReasonZeroVector: invalid_argument: a vector is all zero, which has no cosine. Leave the record out, or use another
	// metric.
	ReasonZeroVector Reason = "ZERO_VECTOR"
	// ReasonDimensionMismatch: invalid_argument: a vector has not the namespace's dimension. Use the model that the
	// namespace was filled with.
	ReasonDimensionMismatch Reason = "DIMENSION_MISMATCH"
	// ReasonDimensionOutOfRange: invalid_argument: a dimension is outside 1..65,535 or above the namespace's
	// max_dimension. Use fewer dimensions.
	ReasonDimensionOutOfRange Reason = "DIMENSION_OUT_OF_RANGE"
	// ReasonInvalidMetadata: invalid_argument: metadata nest too deep or hold NaN. Change the metadata; the message names
	// the path.
	ReasonInvalidMetadata Reason = "INVALID_METADATA"
	// ReasonMetadataTooLarge: invalid_argument: metadata of a record exceed 40 KiB. Keep large things elsewhere.
	ReasonMetadataTooLarge Reason = "METADATA_TOO_LARGE"
	// ReasonTextTooLarge: invalid_argument: the text of a record exceeds 1 MiB. Split it into several records.
	ReasonTextTooLarge Reason = "TEXT_TOO_LARGE"
	// ReasonInvalidFilter: invalid_argument: a filter does not parse or is too large. Change it; the message shows the
	// position.
	ReasonInvalidFilter Reason = "INVALID_FILTER"
	// ReasonLimitOutOfRange: invalid_argument: a number such as limit, offset or ef_search is out of range. Use one in the
	// range named.
	ReasonLimitOutOfRange Reason = "LIMIT_OUT_OF_RANGE"
	// ReasonInvalidPageToken: invalid_argument: a page or resume token is not ours, or belongs to another request. Begin
	// at the first page.
	ReasonInvalidPageToken Reason = "INVALID_PAGE_TOKEN"
	// ReasonMissingQuery: invalid_argument: a query says not what for, or says it twice. Give one of vector, id, sparse,
	// text.
	ReasonMissingQuery Reason = "MISSING_QUERY"
	// ReasonMissingTarget: invalid_argument: Delete, SoftDelete or Restore without exactly one of ids, filter and all.
	// Give one.
	ReasonMissingTarget Reason = "MISSING_TARGET"
	// ReasonInvalidName: invalid_argument: the name of a namespace or snapshot is not [A-Za-z0-9][A-Za-z0-9_.-]{0,127}.
	// Change it.
	ReasonInvalidName Reason = "INVALID_NAME"
	// ReasonInvalidConfiguration: invalid_argument: the configuration of a namespace is out of range. Change it.
	ReasonInvalidConfiguration Reason = "INVALID_CONFIGURATION"
	// ReasonIdempotencyKeyReused: invalid_argument: an idempotency key came with other content before. Use a new key for a
	// new write.
	ReasonIdempotencyKeyReused Reason = "IDEMPOTENCY_KEY_REUSED"
	// ReasonNamespaceNotFound: not_found: no such namespace. Create it, or correct the name.
	ReasonNamespaceNotFound Reason = "NAMESPACE_NOT_FOUND"
	// ReasonRecordNotFound: not_found: no such record, for Update, UPDATE_ONLY or a query by id. Insert it first.
	ReasonRecordNotFound Reason = "RECORD_NOT_FOUND"
	// ReasonSnapshotNotFound: not_found: no such snapshot. List them.
	ReasonSnapshotNotFound Reason = "SNAPSHOT_NOT_FOUND"
	// ReasonNamespaceExists: already_exists: the name of the namespace is taken. Use it as it is, or choose another.
	ReasonNamespaceExists Reason = "NAMESPACE_EXISTS"
	// ReasonRecordExists: already_exists: INSERT_ONLY met an id that exists. Treat the record as written, or use UPSERT.
	ReasonRecordExists Reason = "RECORD_EXISTS"
	// ReasonSnapshotExists: already_exists: the name of the snapshot is taken. Choose another.
	ReasonSnapshotExists Reason = "SNAPSHOT_EXISTS"
	// ReasonVersionConflict: aborted: if_version is not the stored version. Read the record and decide again.
	ReasonVersionConflict Reason = "VERSION_CONFLICT"
	// ReasonNamespaceReadOnly: failed_precondition: the namespace takes no writes. An admin can make it active.
	ReasonNamespaceReadOnly Reason = "NAMESPACE_READ_ONLY"
	// ReasonNamespaceSuspended: failed_precondition: the namespace takes no requests. An admin can make it active.
	ReasonNamespaceSuspended Reason = "NAMESPACE_SUSPENDED"
	// ReasonDataDirInUse: failed_precondition: another process owns the data directory. Stop the one that the message
	// names.
	ReasonDataDirInUse Reason = "DATA_DIR_IN_USE"
	// ReasonFormatTooNew: failed_precondition: the data directory has a newer format. Run the version that the message
	// names, or a later one.
	ReasonFormatTooNew Reason = "FORMAT_TOO_NEW"
	// ReasonIndexBacklog: resource_exhausted: writes run ahead of the index. Wait as long as Retry-After says.
	ReasonIndexBacklog Reason = "INDEX_BACKLOG"
	// ReasonNamespaceFull: resource_exhausted: the namespace holds as much as it can. Delete records, or have its quota
	// raised.
	ReasonNamespaceFull Reason = "NAMESPACE_FULL"
	// ReasonNotImplemented: unimplemented: the field, value or RPC is not built in this version. Do without it.
	ReasonNotImplemented Reason = "NOT_IMPLEMENTED"
	// ReasonStoreClosed: unavailable: the store is closed. Open it again, or retry elsewhere.
	ReasonStoreClosed Reason = "STORE_CLOSED"
	// ReasonStoreStopped: unavailable: the store stopped after its disk failed. An operator must look at the disk and
	// restart.
	ReasonStoreStopped Reason = "STORE_STOPPED"
	// ReasonDiskFull: unavailable: the disk is full. Free space; reads go on.
	ReasonDiskFull Reason = "DISK_FULL"
	// ReasonCanceled: canceled: the caller went away.
	ReasonCanceled Reason = "CANCELED"
	// ReasonDeadlineExceeded: deadline_exceeded: the time ran out. Allow more, or ask for less; a write may have happened.
	ReasonDeadlineExceeded Reason = "DEADLINE_EXCEEDED"
	// ReasonDataCorrupted: data_loss: a checksum failed; the message names file and offset. Restore a snapshot.
	ReasonDataCorrupted Reason = "DATA_CORRUPTED"
	// ReasonInternal: internal: a fault of ours. Report it with the request id.
	ReasonInternal Reason = "INTERNAL"
	// ReasonMessageTooLarge: resource_exhausted: the message exceeds its limit, 32 MiB unless configured. Split it.
	ReasonMessageTooLarge Reason = "MESSAGE_TOO_LARGE"
	// ReasonAPIKeyMissing: unauthenticated: no API key came. Send X-API-Key, or Authorization: Bearer.
	ReasonAPIKeyMissing Reason = "API_KEY_MISSING"
	// ReasonAPIKeyUnknown: permission_denied: the API key is unknown, expired or revoked. Use another.
	ReasonAPIKeyUnknown Reason = "API_KEY_UNKNOWN"
	// ReasonPermissionDenied: permission_denied: the API key lacks the role or the namespace, existing or not. Use
	// another.
	ReasonPermissionDenied Reason = "PERMISSION_DENIED"
	// ReasonRateLimited: resource_exhausted: a rate is reached, the namespace's max_qps or one of the server. Wait as long
	// as Retry-After says.
	ReasonRateLimited Reason = "RATE_LIMITED"
	// ReasonConcurrencyLimited: resource_exhausted: the namespace's max_concurrent_queries is reached. Wait for one to
	// end.
	ReasonConcurrencyLimited Reason = "CONCURRENCY_LIMITED"
	// ReasonConnectionsLimited: resource_exhausted: max_connections of the namespace or of the server is reached. Share
	// connections, or close some.
	ReasonConnectionsLimited Reason = "CONNECTIONS_LIMITED"
	// ReasonQuotaExceeded: resource_exhausted: max_vectors or max_storage_bytes is reached; the metadata name it. Delete
	// records, or have it raised. Reads, deletes and overwriting within the bytes go on.
	ReasonQuotaExceeded Reason = "QUOTA_EXCEEDED"
	// ReasonNoAdminKey: failed_precondition: there is no admin key yet, so none can be made here. Configure one, or make
	// it with `vecstore keys create`.
	ReasonNoAdminKey Reason = "NO_ADMIN_KEY"
	// ReasonDraining: unavailable: the server is shutting down. Retry elsewhere, or as Retry-After says.
	ReasonDraining Reason = "DRAINING"
	// ReasonStarting: unavailable: the server is recovering. Retry as Retry-After says.
	ReasonStarting Reason = "STARTING"
	// ReasonUnsupportedMediaType: invalid_argument, HTTP 415: a REST write is not application/json. Send that content
	// type.
	ReasonUnsupportedMediaType Reason = "UNSUPPORTED_MEDIA_TYPE"
	// ReasonOriginNotAllowed: permission_denied: the Origin or Host header is not allowed. An operator can allow it.
	ReasonOriginNotAllowed Reason = "ORIGIN_NOT_ALLOWED"
	// ReasonAPIKeyNotFound: not_found: no such API key. List them.
	ReasonAPIKeyNotFound Reason = "API_KEY_NOT_FOUND"
	// ReasonEmptyRecord: invalid_argument: a record has none of vector, sparse and text, so no query could find it. Give
	// one.
	ReasonEmptyRecord Reason = "EMPTY_RECORD"
)

// Reasons that only a client can see.
const (
	// ReasonUnreachable: no connection was made, so the request never left.
	ReasonUnreachable Reason = "UNREACHABLE"
	// ReasonConnectionLost: the connection broke off; a write may or may not have happened.
	ReasonConnectionLost Reason = "CONNECTION_LOST"
	// ReasonTLSFailed: the certificate of the server or of the client was refused, or the other side speaks no TLS.
	ReasonTLSFailed Reason = "TLS_FAILED"
	// ReasonClientClosed: Close was called.
	ReasonClientClosed Reason = "CLIENT_CLOSED"
	// ReasonUnspecified: the answer names no reason, as when a proxy made it; act on the code.
	ReasonUnspecified Reason = "UNSPECIFIED"
)
