package vecstore

import (
	"slices"
	"unicode/utf8"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// CreateNamespaceOption changes how a namespace is created. What is not named has the server's default.
type CreateNamespaceOption interface{ applyToCreate(options *createOptions) }

// UpdateNamespaceOption changes a namespace.
type UpdateNamespaceOption interface{ applyToUpdate(options *updateOptions) }

// NamespaceOption serves CreateNamespace and UpdateNamespace.
type NamespaceOption func(*namespaceOptions)

// namespaceOptions are those of creating and of changing.
type namespaceOptions struct {
	quotas       map[Quota]float64
	description  *string
	labels       map[string]string
	cacheAnswers *bool
}

func (o NamespaceOption) applyToCreate(options *createOptions) { o(&options.namespaceOptions) }
func (o NamespaceOption) applyToUpdate(options *updateOptions) { o(&options.namespaceOptions) }

// WithQuota bounds what a namespace uses. In UpdateNamespace, other quotas stay.
func WithQuota(quota Quota, value float64) NamespaceOption {
	return func(o *namespaceOptions) {
		if o.quotas == nil {
			o.quotas = map[Quota]float64{}
		}
		o.quotas[quota] = value
	}
}

// WithDescription is for people, at most 1 KiB of UTF-8. In UpdateNamespace, an empty one removes it.
func WithDescription(description string) NamespaceOption {
	return func(o *namespaceOptions) { o.description = &description }
}

// WithLabel is for programs: keys of 1..63 bytes, values of at most 255, at most 64 labels. In UpdateNamespace, other labels
// stay.
func WithLabel(key, value string) NamespaceOption {
	return func(o *namespaceOptions) {
		if o.labels == nil {
			o.labels = map[string]string{}
		}
		o.labels[key] = value
	}
}

// WithCachedAnswers says whether the server may keep answers of queries; false also drops those it has. Default true.
func WithCachedAnswers(cache bool) NamespaceOption {
	return func(o *namespaceOptions) { o.cacheAnswers = &cache }
}

type createOptions struct {
	namespaceOptions

	dimension, m, efConstruction, efSearch *int

	metric       Metric
	quantization Quantization
	analyzer     TextAnalyzer
}

type createOption func(*createOptions)

func (o createOption) applyToCreate(options *createOptions)   { o(options) }
func (o EfSearchOption) applyToCreate(options *createOptions) { options.efSearch = Ptr(int(o)) }

// WithDimension fixes the numbers of a vector, 1..65,535. Default: the first vector fixes it.
func WithDimension(dimension int) CreateNamespaceOption {
	return createOption(func(o *createOptions) { o.dimension = &dimension })
}

// WithMetric says how vectors are compared. Default MetricCosine.
func WithMetric(metric Metric) CreateNamespaceOption {
	return createOption(func(o *createOptions) { o.metric = metric })
}

// WithM sets the links of a node on each layer above 0 of the HNSW graph, 4..64. Default 16.
func WithM(links int) CreateNamespaceOption {
	return createOption(func(o *createOptions) { o.m = &links })
}

// WithEfConstruction sets the candidates while the HNSW graph is built, m..2,048. Default 200.
func WithEfConstruction(candidates int) CreateNamespaceOption {
	return createOption(func(o *createOptions) { o.efConstruction = &candidates })
}

// WithQuantization chooses the codes that are searched. Default QuantizationInt8.
func WithQuantization(quantization Quantization) CreateNamespaceOption {
	return createOption(func(o *createOptions) { o.quantization = quantization })
}

// WithTextAnalyzer says how texts become terms. Default AnalyzerStandard.
func WithTextAnalyzer(analyzer TextAnalyzer) CreateNamespaceOption {
	return createOption(func(o *createOptions) { o.analyzer = analyzer })
}

type updateOptions struct {
	namespaceOptions

	status        NamespaceStatus
	clearedQuotas []Quota
	removedLabels []string
}

type updateOption func(*updateOptions)

func (o updateOption) applyToUpdate(options *updateOptions) { o(options) }

// WithStatus sets whether the namespace takes reads and writes: StatusActive, StatusReadOnly or StatusSuspended.
func WithStatus(status NamespaceStatus) UpdateNamespaceOption {
	return updateOption(func(o *updateOptions) { o.status = status })
}

// WithoutQuota makes quotas unlimited.
func WithoutQuota(quotas ...Quota) UpdateNamespaceOption {
	return updateOption(func(o *updateOptions) { o.clearedQuotas = slices.Concat(o.clearedQuotas, quotas) })
}

// WithoutLabel removes labels.
func WithoutLabel(keys ...string) UpdateNamespaceOption {
	return updateOption(func(o *updateOptions) { o.removedLabels = slices.Concat(o.removedLabels, keys) })
}

func (o *createOptions) message(name string) (*pb.CreateNamespaceRequest, error) {
	if err := checkText(name, "name", ReasonInvalidName); err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	config, err := o.config()
	if err != nil {
		return nil, err
	}
	quotas, err := toQuotas(o.quotas)
	if err != nil {
		return nil, err
	}
	request := &pb.CreateNamespaceRequest{
		Name: name, Config: config, Quotas: quotas, Labels: o.labels, CacheAnswers: o.cacheAnswers,
	}
	if o.description != nil {
		request.Description = *o.description
	}
	return request, nil
}

func (o *createOptions) config() (config *pb.NamespaceConfig, err error) {
	config = &pb.NamespaceConfig{}
	const reason = ReasonInvalidConfiguration
	if config.Metric, err = toEnum[pb.Metric](string(o.metric), "METRIC_", "metric", reason); err != nil {
		return nil, err
	}
	config.Quantization, err = toEnum[pb.Quantization](string(o.quantization), "QUANTIZATION_", "quantization", reason)
	if err != nil {
		return nil, err
	}
	config.TextAnalyzer, err = toEnum[pb.TextAnalyzer](string(o.analyzer), "TEXT_ANALYZER_", "text_analyzer", reason)
	if err != nil {
		return nil, err
	}
	if config.Dimension, err = toUint32(o.dimension, "dimension"); err != nil {
		return nil, err
	}
	if config.M, err = toUint32(o.m, "m"); err != nil {
		return nil, err
	}
	if config.EfConstruction, err = toUint32(o.efConstruction, "ef_construction"); err != nil {
		return nil, err
	}
	config.EfSearch, err = toUint32(o.efSearch, "ef_search")
	return config, err
}

func (o *updateOptions) message(name string) (*pb.UpdateNamespaceRequest, error) {
	if err := checkText(name, "name", ReasonInvalidName); err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	status, err := toEnum[pb.NamespaceStatus](
		string(o.status), "NAMESPACE_STATUS_", "status", ReasonInvalidConfiguration)
	if err != nil {
		return nil, err
	}
	quotas, err := toQuotas(o.quotas)
	if err != nil {
		return nil, err
	}
	cleared := make([]string, len(o.clearedQuotas))
	for at, quota := range o.clearedQuotas {
		if cleared[at] = string(quota); !utf8.ValidString(cleared[at]) {
			return nil, unknownQuota(quota)
		}
	}
	return &pb.UpdateNamespaceRequest{
		Name:         name,
		Status:       status,
		Quotas:       quotas,
		ClearQuotas:  cleared,
		Description:  o.description,
		Labels:       o.labels,
		RemoveLabels: o.removedLabels,
		CacheAnswers: o.cacheAnswers,
	}, nil
}

// check refuses what UTF-8 cannot hold.
func (o *namespaceOptions) check() error {
	if o.description != nil {
		if err := checkText(*o.description, "description", ReasonInvalidConfiguration); err != nil {
			return err
		}
	}
	for key, value := range o.labels {
		if err := checkText(key+value, "labels", ReasonInvalidConfiguration); err != nil {
			return err
		}
	}
	return nil
}
