package vecstore

import (
	"context"
	"iter"
	"maps"
	"time"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// Metric is how two vectors are compared.
type Metric string

// The metrics.
const (
	// MetricCosine is the default: score = cos, distance = 1 - cos. It refuses zero vectors.
	MetricCosine Metric = "cosine"
	// MetricDot: score = dot product, distance = minus that.
	MetricDot Metric = "dot"
	// MetricEuclidean: distance = L2, root taken; score = minus that.
	MetricEuclidean Metric = "euclidean"
)

// Quantization names the codes that are searched before the rescore in f32.
type Quantization string

// The codes.
const (
	// QuantizationInt8 is the default: 1 byte a dimension.
	QuantizationInt8 Quantization = "int8"
	// QuantizationNone searches the graph on f32, 4 bytes a dimension.
	QuantizationNone Quantization = "none"
	// QuantizationBinary: 1 bit a dimension, for some hundred dimensions and more.
	QuantizationBinary Quantization = "binary"
)

// TextAnalyzer says how texts become terms.
type TextAnalyzer string

// The analyzers.
const (
	// AnalyzerStandard is the default: words by Unicode, folded.
	AnalyzerStandard TextAnalyzer = "standard"
	// AnalyzerEnglish leaves out stop words, and cuts the others to their stems.
	AnalyzerEnglish TextAnalyzer = "english"
)

// NamespaceStatus says whether a namespace takes reads and writes.
type NamespaceStatus string

// The statuses.
const (
	StatusActive    NamespaceStatus = "active"
	StatusReadOnly  NamespaceStatus = "read_only"
	StatusSuspended NamespaceStatus = "suspended"
	// StatusPendingDeletion is set by DeleteNamespace only.
	StatusPendingDeletion NamespaceStatus = "pending_deletion"
)

// NamespaceConfig is fixed when a namespace is created, save Dimension, which the first vector may fix.
type NamespaceConfig struct {
	// Dimension is 0 until the first vector fixes it.
	Dimension    uint32
	Metric       Metric
	Quantization Quantization
	TextAnalyzer TextAnalyzer
	// M are the links of a node on each layer above 0 of the HNSW graph, EfConstruction the candidates while building.
	M, EfConstruction uint32
	// EfSearch are the candidates of a query that names none; 0: max(64, 2 x limit).
	EfSearch uint32
}

// Namespace is what the server says of a namespace.
type Namespace struct {
	Name   string
	Status NamespaceStatus
	Config NamespaceConfig
	// Quotas that are set; what is not there is unlimited.
	Quotas map[Quota]float64
	// Description is for people, Labels for programs.
	Description string
	Labels      map[string]string
	// CacheAnswers: the server may keep answers of its queries and give them again while nothing was written.
	CacheAnswers         bool
	CreatedAt, UpdatedAt time.Time
}

// CreateNamespace creates an empty namespace; a name in use is ReasonNamespaceExists.
func (c *Client) CreateNamespace(
	ctx context.Context, name string, options ...CreateNamespaceOption,
) (Namespace, error) {
	var o createOptions
	for _, option := range options {
		option.applyToCreate(&o)
	}
	request, err := o.message(name)
	if err != nil {
		return Namespace{}, err
	}
	answer, err := unary(ctx, c.session, aWrite, c.session.namespaces.CreateNamespace, request)
	if err != nil {
		return Namespace{}, err
	}
	return fromNamespace(answer.GetNamespace()), nil
}

// GetNamespace reads the configuration and state of a namespace.
func (c *Client) GetNamespace(ctx context.Context, name string) (Namespace, error) {
	if err := checkText(name, "name", ReasonInvalidName); err != nil {
		return Namespace{}, err
	}
	request := &pb.GetNamespaceRequest{Name: name}
	answer, err := unary(ctx, c.session, aRead, c.session.namespaces.GetNamespace, request)
	if err != nil {
		return Namespace{}, err
	}
	return fromNamespace(answer.GetNamespace()), nil
}

// ListNamespacesOption changes which namespaces ListNamespaces lists.
type ListNamespacesOption interface {
	applyToListNamespaces(request *listNamespacesOptions)
}

type listNamespacesOptions struct{ prefix string }

func (o PrefixOption) applyToListNamespaces(options *listNamespacesOptions) {
	options.prefix = string(o)
}

// ListNamespaces lists namespaces by name, and fetches pages as the loop goes on.
func (c *Client) ListNamespaces(ctx context.Context, options ...ListNamespacesOption) iter.Seq2[Namespace, error] {
	var o listNamespacesOptions
	for _, option := range options {
		option.applyToListNamespaces(&o)
	}
	return pages(func(token string) ([]*pb.Namespace, string, error) {
		if err := checkText(o.prefix, "prefix", ReasonInvalidName); err != nil {
			return nil, "", err
		}
		request := &pb.ListNamespacesRequest{Prefix: o.prefix, PageSize: Ptr(uint32(maxPage)), PageToken: token}
		answer, err := unary(ctx, c.session, aRead, c.session.namespaces.ListNamespaces, request)
		return answer.GetNamespaces(), answer.GetNextPageToken(), err
	}, fromNamespace)
}

// UpdateNamespace changes a namespace; what no option names stays.
func (c *Client) UpdateNamespace(
	ctx context.Context, name string, options ...UpdateNamespaceOption,
) (Namespace, error) {
	var o updateOptions
	for _, option := range options {
		option.applyToUpdate(&o)
	}
	request, err := o.message(name)
	if err != nil {
		return Namespace{}, err
	}
	answer, err := unary(ctx, c.session, aWrite, c.session.namespaces.UpdateNamespace, request)
	if err != nil {
		return Namespace{}, err
	}
	return fromNamespace(answer.GetNamespace()), nil
}

// DeleteNamespace deletes a namespace, its records and its snapshots.
func (c *Client) DeleteNamespace(ctx context.Context, name string) error {
	if err := checkText(name, "name", ReasonInvalidName); err != nil {
		return err
	}
	request := &pb.DeleteNamespaceRequest{Name: name}
	_, err := unary(ctx, c.session, aWrite, c.session.namespaces.DeleteNamespace, request)
	return err
}

func fromNamespace(namespace *pb.Namespace) Namespace {
	config := namespace.GetConfig()
	return Namespace{
		Name:   namespace.GetName(),
		Status: fromStatus(namespace.GetStatus()),
		Config: NamespaceConfig{
			Dimension:      config.GetDimension(),
			Metric:         Metric(fromEnum(config.GetMetric(), "METRIC_")),
			Quantization:   Quantization(fromEnum(config.GetQuantization(), "QUANTIZATION_")),
			TextAnalyzer:   TextAnalyzer(fromEnum(config.GetTextAnalyzer(), "TEXT_ANALYZER_")),
			M:              config.GetM(),
			EfConstruction: config.GetEfConstruction(),
			EfSearch:       config.GetEfSearch(),
		},
		Quotas:       fromQuotas(namespace.GetQuotas()),
		Description:  namespace.GetDescription(),
		Labels:       maps.Clone(namespace.GetLabels()),
		CacheAnswers: namespace.GetCacheAnswers(),
		CreatedAt:    fromTimestamp(namespace.GetCreatedAt()),
		UpdatedAt:    fromTimestamp(namespace.GetUpdatedAt()),
	}
}

func fromStatus(status pb.NamespaceStatus) NamespaceStatus {
	return NamespaceStatus(fromEnum(status, "NAMESPACE_STATUS_"))
}
