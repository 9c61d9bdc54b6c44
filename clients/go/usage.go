package vecstore

import (
	"context"
	"iter"
	"math"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// Quota is a bound on what a namespace may use. A full one never blocks reads or deletes.
type Quota string

// The quotas.
const (
	// QuotaVectors bounds the records, hidden ones too.
	QuotaVectors Quota = "max_vectors"
	// QuotaQPS bounds requests a second; fractions are allowed.
	QuotaQPS Quota = "max_qps"
	// QuotaStorageBytes bounds log and segment files, snapshots apart.
	QuotaStorageBytes Quota = "max_storage_bytes"
	// QuotaConnections bounds connections open at once.
	QuotaConnections Quota = "max_connections"
	// QuotaConcurrentQueries bounds queries running at once.
	QuotaConcurrentQueries Quota = "max_concurrent_queries"
	// QuotaDimension bounds the numbers of a vector.
	QuotaDimension Quota = "max_dimension"
	// QuotaResults bounds the limit of a query.
	QuotaResults Quota = "max_results_per_query"
	// QuotaBatchSize bounds the records of a batch.
	QuotaBatchSize Quota = "max_batch_size"
)

// Usage is what a namespace uses: exact, and kept over a restart. Totals count from its creation and never go down.
type Usage struct {
	// VectorCount is that of all records, hidden ones too.
	VectorCount uint64
	// CurrentQPS are the requests of the last second.
	CurrentQPS float64
	// StorageBytes are those of segment files and log; SnapshotBytes are counted apart.
	StorageBytes, SnapshotBytes uint64
	// ActiveConnections and ConcurrentQueries are those of now.
	ActiveConnections, ConcurrentQueries uint32
	// QueriesTotal were answered, WritesTotal applied, RefusalsTotal refused by a quota.
	QueriesTotal, WritesTotal, RefusalsTotal uint64
	// RequestsTotal are requests of data, also those that failed; BytesInTotal and BytesOutTotal those of their bodies.
	RequestsTotal, BytesInTotal, BytesOutTotal uint64
	// VectorSecondsTotal is the exact integral of VectorCount over time; VectorMillisecondsRest, 0..999, what is beyond it.
	VectorSecondsTotal     uint64
	VectorMillisecondsRest uint32
}

// NamespaceUsage is the usage of one namespace beside its quotas.
type NamespaceUsage struct {
	Name   string
	Status NamespaceStatus
	Quotas map[Quota]float64
	Usage  Usage
	// CountedSince and CountedUntil are when the totals began and the moment that they are of; zero except in ExportUsage.
	CountedSince, CountedUntil time.Time
}

// AggregateUsage is the usage of all namespaces together.
type AggregateUsage struct {
	// NamespaceCount counts them whatever their status.
	NamespaceCount uint64
	// Usage has sums; a connection that serves several counts once.
	Usage     Usage
	StartedAt time.Time
	// ServerVersion is such as 0.1.0.
	ServerVersion string
}

// GetNamespaceUsage reads what a namespace uses, beside its quotas.
func (c *Client) GetNamespaceUsage(ctx context.Context, name string) (NamespaceUsage, error) {
	if err := checkText(name, "name", ReasonInvalidName); err != nil {
		return NamespaceUsage{}, err
	}
	request := &pb.GetNamespaceStatsRequest{Name: name}
	answer, err := unary(ctx, c.session, aRead, c.session.namespaces.GetNamespaceStats, request)
	if err != nil {
		return NamespaceUsage{}, err
	}
	return NamespaceUsage{
		Name:   answer.GetName(),
		Status: fromStatus(answer.GetStatus()),
		Quotas: fromQuotas(answer.GetQuotas()),
		Usage:  fromUsage(answer.GetUsage()),
	}, nil
}

// GetAggregateUsage reads what all namespaces use together.
func (c *Client) GetAggregateUsage(ctx context.Context) (AggregateUsage, error) {
	request := &pb.GetAggregateStatsRequest{}
	answer, err := unary(ctx, c.session, aRead, c.session.namespaces.GetAggregateStats, request)
	if err != nil {
		return AggregateUsage{}, err
	}
	return AggregateUsage{
		NamespaceCount: answer.GetNamespaceCount(),
		Usage:          fromUsage(answer.GetUsage()),
		StartedAt:      fromTimestamp(answer.GetStartedAt()),
		ServerVersion:  answer.GetServerVersion(),
	}, nil
}

// ExportUsage reads what each namespace uses, by name, and fetches pages as the loop goes on: totals since its creation, so the
// difference of two exports is the usage between them.
func (c *Client) ExportUsage(ctx context.Context) iter.Seq2[NamespaceUsage, error] {
	return pages(func(token string) ([]*pb.NamespaceUsage, string, error) {
		request := &pb.ExportUsageRequest{PageSize: Ptr(uint32(maxPage)), PageToken: token}
		answer, err := unary(ctx, c.session, aRead, c.session.namespaces.ExportUsage, request)
		return answer.GetUsages(), answer.GetNextPageToken(), err
	}, fromExportedUsage)
}

func fromExportedUsage(usage *pb.NamespaceUsage) NamespaceUsage {
	return NamespaceUsage{
		Name:         usage.GetName(),
		Status:       fromStatus(usage.GetStatus()),
		Quotas:       fromQuotas(usage.GetQuotas()),
		Usage:        fromUsage(usage.GetUsage()),
		CountedSince: fromTimestamp(usage.GetCountedSince()),
		CountedUntil: fromTimestamp(usage.GetCountedUntil()),
	}
}

func fromUsage(usage *pb.Usage) Usage {
	return Usage{
		VectorCount:            usage.GetVectorCount(),
		CurrentQPS:             usage.GetCurrentQps(),
		StorageBytes:           usage.GetStorageBytes(),
		SnapshotBytes:          usage.GetSnapshotBytes(),
		ActiveConnections:      usage.GetActiveConnections(),
		ConcurrentQueries:      usage.GetConcurrentQueries(),
		QueriesTotal:           usage.GetQueriesTotal(),
		WritesTotal:            usage.GetWritesTotal(),
		RefusalsTotal:          usage.GetRefusalsTotal(),
		RequestsTotal:          usage.GetRequestsTotal(),
		BytesInTotal:           usage.GetBytesInTotal(),
		BytesOutTotal:          usage.GetBytesOutTotal(),
		VectorSecondsTotal:     usage.GetVectorSecondsTotal(),
		VectorMillisecondsRest: usage.GetVectorMillisecondsRest(),
	}
}

// toQuotas sets the fields of the message that the quotas name; nil when there are none.
func toQuotas(quotas map[Quota]float64) (*pb.Quotas, error) {
	if len(quotas) == 0 {
		return nil, nil //nolint:nilnil // No quotas are no message.
	}
	message := &pb.Quotas{}
	fields := message.ProtoReflect().Descriptor().Fields()
	for quota, value := range quotas {
		field := fields.ByName(protoreflect.Name(quota))
		if field == nil {
			return nil, unknownQuota(quota)
		}
		wire, err := toQuotaValue(field.Kind(), value, quota)
		if err != nil {
			return nil, err
		}
		message.ProtoReflect().Set(field, wire)
	}
	return message, nil
}

func unknownQuota(quota Quota) error {
	return refuse(ReasonInvalidConfiguration, "quotas has %q, which is none; use one such as max_vectors", clip(string(quota)))
}

func toQuotaValue(kind protoreflect.Kind, value float64, quota Quota) (protoreflect.Value, error) {
	if kind == protoreflect.DoubleKind {
		return protoreflect.ValueOfFloat64(value), nil
	}
	largest := float64(maxExactInteger)
	if kind == protoreflect.Uint32Kind {
		largest = math.MaxUint32
	}
	if value != math.Trunc(value) || value < 0 || value > largest {
		return protoreflect.Value{}, refuse(ReasonInvalidConfiguration,
			"quotas.%s is %v; it must be an integer, 0..%.0f", quota, value, largest)
	}
	if kind == protoreflect.Uint32Kind {
		return protoreflect.ValueOfUint32(uint32(value)), nil
	}
	return protoreflect.ValueOfUint64(uint64(value)), nil
}

func fromQuotas(quotas *pb.Quotas) map[Quota]float64 {
	set := map[Quota]float64{}
	quotas.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		name := Quota(field.Name())
		switch field.Kind() {
		case protoreflect.DoubleKind:
			set[name] = value.Float()
		default:
			set[name] = float64(value.Uint())
		}
		return true
	})
	return set
}
