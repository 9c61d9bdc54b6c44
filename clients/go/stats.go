package vecstore

import (
	"context"
	"time"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// Stats are the numbers of one namespace: counted, not estimated.
type Stats struct {
	Namespace string
	// VectorCount is that of the visible records, SoftDeletedCount of the hidden ones, DeadCount of slots to be reclaimed.
	VectorCount, SoftDeletedCount, DeadCount uint64
	// Dimension is 0 until the first vector fixes it.
	Dimension uint32
	// Sequence of the last write; 0 before the first.
	Sequence uint64
	// Incarnation grows by one with each restore in place.
	Incarnation uint64
	Segments    []SegmentStats
	// IndexBacklog are records that no graph holds yet and that queries scan; 0 in small namespaces.
	IndexBacklog uint64
	// IndexState is flat, building, ready, or unknown.
	IndexState string
	// DiskBytes are those of the namespace's files, snapshots apart.
	DiskBytes, SnapshotBytes uint64
	// MemoryBytes are those of vectors, codes, links, ids and metadata held in memory.
	MemoryBytes uint64
	// LogBytes are those of the log that a restart would read.
	LogBytes uint64
	// LastCheckpointAt is zero before the first.
	LastCheckpointAt time.Time
	// Cache of answers; nil when the server or the namespace has none.
	Cache *CacheStats
	// MemoryBytesPerRecord and DiskBytesPerRecord are 0 when there is no record.
	MemoryBytesPerRecord, DiskBytesPerRecord float64
}

// SegmentStats are those of one segment.
type SegmentStats struct {
	// Number names its files within the namespace.
	Number uint32
	// Slots taken, dead ones too; Live ones hold a visible record; Indexed ones are linked by the graph.
	Slots, Live, Indexed uint64
	// HasGraph: it has one, finished or not.
	HasGraph bool
	// MemoryBytes is the sum of Memory.
	MemoryBytes uint64
	Memory      SegmentMemory
	// DiskBytes are those of the files that the last checkpoint names; of these, VectorsOnDiskBytes are vectors that are not in
	// memory.
	DiskBytes, VectorsOnDiskBytes uint64
}

// SegmentMemory has the bytes that a segment holds in memory, by what they are.
type SegmentMemory struct {
	Graph, Vectors, IDs, Metadata, Text, Sparse, Other uint64
}

// CacheStats are those of the cache of answers of one namespace, since the server started.
type CacheStats struct {
	Hits, Misses, Evictions, SizeBytes uint64
}

// Stats reads counts, bytes, segments and the state of the index.
func (n *NamespaceHandle) Stats(ctx context.Context) (Stats, error) {
	request := &pb.GetStatsRequest{Namespace: n.name}
	answer, err := unary(ctx, n.session, aRead, n.session.records.GetStats, request)
	if err != nil {
		return Stats{}, err
	}
	return fromStats(answer), nil
}

func fromStats(stats *pb.GetStatsResponse) Stats {
	converted := Stats{
		Namespace:            stats.GetNamespace(),
		VectorCount:          stats.GetVectorCount(),
		SoftDeletedCount:     stats.GetSoftDeletedCount(),
		DeadCount:            stats.GetDeadCount(),
		Dimension:            stats.GetDimension(),
		Sequence:             stats.GetSequence(),
		Incarnation:          stats.GetIncarnation(),
		Segments:             make([]SegmentStats, len(stats.GetSegments())),
		IndexBacklog:         stats.GetIndexBacklog(),
		IndexState:           fromEnum(stats.GetIndexState(), "INDEX_STATE_"),
		DiskBytes:            stats.GetDiskBytes(),
		SnapshotBytes:        stats.GetSnapshotBytes(),
		MemoryBytes:          stats.GetMemoryBytes(),
		LogBytes:             stats.GetLogBytes(),
		LastCheckpointAt:     fromTimestamp(stats.GetLastCheckpointAt()),
		MemoryBytesPerRecord: stats.GetMemoryBytesPerRecord(),
		DiskBytesPerRecord:   stats.GetDiskBytesPerRecord(),
	}
	for at, segment := range stats.GetSegments() {
		converted.Segments[at] = fromSegment(segment)
	}
	if cache := stats.GetCache(); cache != nil {
		converted.Cache = &CacheStats{cache.GetHits(), cache.GetMisses(), cache.GetEvictions(), cache.GetSizeBytes()}
	}
	return converted
}

func fromSegment(segment *pb.SegmentStats) SegmentStats {
	memory := segment.GetMemory()
	return SegmentStats{
		Number:      segment.GetNumber(),
		Slots:       segment.GetSlots(),
		Live:        segment.GetLive(),
		Indexed:     segment.GetIndexed(),
		HasGraph:    segment.GetHasGraph(),
		MemoryBytes: segment.GetMemoryBytes(),
		Memory: SegmentMemory{
			Graph:    memory.GetGraph(),
			Vectors:  memory.GetVectors(),
			IDs:      memory.GetIds(),
			Metadata: memory.GetMetadata(),
			Text:     memory.GetText(),
			Sparse:   memory.GetSparse(),
			Other:    memory.GetOther(),
		},
		DiskBytes:          segment.GetDiskBytes(),
		VectorsOnDiskBytes: segment.GetVectorsOnDiskBytes(),
	}
}

// Compaction says what Compact did or, on a dry run, would do.
type Compaction struct {
	// Removed are dead slots that were reclaimed. Soft-deleted records are kept.
	Removed uint64
	// FreedBytes are those of files.
	FreedBytes                    uint64
	SegmentsBefore, SegmentsAfter uint32
}

// CompactOption changes what Compact does.
type CompactOption func(*compactOptions)

type compactOptions struct{ dryRun bool }

// DryRun only says what would be done.
func DryRun() CompactOption {
	return func(o *compactOptions) { o.dryRun = true }
}

// Compact reclaims the slots of deleted and replaced records now. It has no deadline but the context's.
func (n *NamespaceHandle) Compact(ctx context.Context, options ...CompactOption) (Compaction, error) {
	var o compactOptions
	for _, option := range options {
		option(&o)
	}
	request := &pb.CompactRequest{Namespace: n.name, DryRun: o.dryRun}
	answer, err := unary(ctx, n.session, aLongWrite, n.session.records.Compact, request)
	if err != nil {
		return Compaction{}, err
	}
	return Compaction{
		Removed:        answer.GetRemoved(),
		FreedBytes:     answer.GetFreedBytes(),
		SegmentsBefore: answer.GetSegmentsBefore(),
		SegmentsAfter:  answer.GetSegmentsAfter(),
	}, nil
}

// Recall says how good and how fast the index is.
type Recall struct {
	// Recall is the mean share of the exact results that the index found, 0..1.
	Recall float64
	// Samples are the queries that ran, Limit the results of each.
	Samples, Limit uint32
	// Indexed is the time of a query with the index, Exact of an exact one.
	Indexed, Exact Latency
}

// Latency has times of several queries.
type Latency struct{ Mean, P50, P95, P99 time.Duration }

// RecallOption changes what MeasureRecall measures.
type RecallOption interface{ applyToRecall(options *recallOptions) }

type recallOptions struct {
	filtered

	samples, limit, efSearch *int
}

type recallOption func(*recallOptions)

func (o recallOption) applyToRecall(options *recallOptions)   { o(options) }
func (o FilterOption) applyToRecall(options *recallOptions)   { o(&options.filtered) }
func (o EfSearchOption) applyToRecall(options *recallOptions) { options.efSearch = Ptr(int(o)) }

// WithSamples sets how many records are taken as queries, 1..1,000; fewer when the namespace holds fewer. Default 100.
func WithSamples(records int) RecallOption {
	return recallOption(func(o *recallOptions) { o.samples = &records })
}

// WithRecallLimit sets the results of each query, 1..1,000. Default 10.
func WithRecallLimit(results int) RecallOption {
	return recallOption(func(o *recallOptions) { o.limit = &results })
}

// MeasureRecall runs stored records as queries, with the index and exactly. It has no deadline but the context's.
func (n *NamespaceHandle) MeasureRecall(ctx context.Context, options ...RecallOption) (Recall, error) {
	var o recallOptions
	for _, option := range options {
		option.applyToRecall(&o)
	}
	request := &pb.MeasureRecallRequest{Namespace: n.name}
	var err error
	if request.SampleSize, err = toUint32(o.samples, "sample_size"); err != nil {
		return Recall{}, err
	}
	if request.Limit, err = toUint32(o.limit, "limit"); err != nil {
		return Recall{}, err
	}
	if request.EfSearch, err = toUint32(o.efSearch, "ef_search"); err != nil {
		return Recall{}, err
	}
	if request.Filter, request.FilterAst, err = o.fields(); err != nil {
		return Recall{}, err
	}
	answer, err := unary(ctx, n.session, aLongRead, n.session.records.MeasureRecall, request)
	if err != nil {
		return Recall{}, err
	}
	return Recall{
		Recall:  answer.GetRecall(),
		Samples: answer.GetSampleSize(),
		Limit:   answer.GetLimit(),
		Indexed: fromLatency(answer.GetIndexed()),
		Exact:   fromLatency(answer.GetExact()),
	}, nil
}

func fromLatency(latency *pb.Latency) Latency {
	return Latency{
		Mean: fromMilliseconds(latency.GetMeanMs()),
		P50:  fromMilliseconds(latency.GetP50Ms()),
		P95:  fromMilliseconds(latency.GetP95Ms()),
		P99:  fromMilliseconds(latency.GetP99Ms()),
	}
}
