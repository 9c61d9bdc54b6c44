package conformance

import (
	"context"
	"slices"

	vecstore "github.com/vecstore/client-go"
)

// answered is an answer of a query, with what its options fill.
type answered struct {
	Results []vecstore.Result
	Stats   *vecstore.QueryStats
	Explain *vecstore.QueryExplanation
}

// fills has a query fill an answer.
func fills(query *queryParts, answer *answered) {
	answer.Stats = &vecstore.QueryStats{}
	query.options = append(query.options, vecstore.WithStats(answer.Stats))
	if query.explain {
		answer.Explain = &vecstore.QueryExplanation{}
		query.options = append(query.options, vecstore.WithExplanation(answer.Explain))
	}
}

func query(ctx context.Context, c *call) (any, error) {
	parts, err := c.queryParts()
	if err != nil {
		return nil, err
	}
	var answer answered
	fills(&parts, &answer)
	answer.Results, err = c.handle.Query(ctx, parts.vector, parts.limit, parts.options...)
	return answer, err
}

func queryStream(ctx context.Context, c *call) (any, error) {
	parts, err := c.queryParts()
	if err != nil {
		return nil, err
	}
	var answer answered
	fills(&parts, &answer)
	answer.Results, err = read(c, c.handle.QueryStream(ctx, parts.vector, parts.limit, parts.options...))
	if answer.Stats.Strategy == "" {
		answer.Stats = nil // The stream was left before its end.
	}
	return answer, err
}

func batchQuery(ctx context.Context, c *call) (any, error) {
	objects := c.objects("queries")
	queries, answers := make([]vecstore.Query, len(objects)), make([]answered, len(objects))
	for at, object := range objects {
		parts, err := object.queryParts()
		if err != nil {
			return nil, err
		}
		mustBeUsed(object)
		fills(&parts, &answers[at])
		queries[at] = vecstore.NewQuery(parts.vector, parts.limit, parts.options...)
	}
	results, err := c.handle.BatchQuery(ctx, queries...)
	for at, each := range results {
		answers[at].Results = each
	}
	return map[string]any{"responses": answers}, err
}

// onTarget makes the operation of a method that takes a target.
func onTarget(
	method func(*vecstore.NamespaceHandle, context.Context, vecstore.Target) (vecstore.Affected, error),
) func(context.Context, *call) (any, error) {
	return func(ctx context.Context, c *call) (any, error) {
		target, err := c.target()
		if err != nil {
			return nil, err
		}
		affected, err := method(c.handle, ctx, target)
		return map[string]any{"affected": affected.Records, "sequence": affected.Sequence}, err
	}
}

func compact(ctx context.Context, c *call) (any, error) {
	if or(take[bool](c.arguments, "dry_run"), false) {
		return c.handle.Compact(ctx, vecstore.DryRun())
	}
	return c.handle.Compact(ctx)
}

func measureRecall(ctx context.Context, c *call) (any, error) {
	var options []vecstore.RecallOption
	filters, err := c.filters()
	if err != nil {
		return nil, err
	}
	for _, filter := range filters {
		options = append(options, filter)
	}
	if samples := c.integer("samples"); samples != nil {
		options = append(options, vecstore.WithSamples(*samples))
	}
	if limit := c.integer("limit"); limit != nil {
		options = append(options, vecstore.WithRecallLimit(*limit))
	}
	if ef := c.integer("ef_search"); ef != nil {
		options = append(options, vecstore.WithEfSearch(*ef))
	}
	return c.handle.MeasureRecall(ctx, options...)
}

func restoreSnapshot(ctx context.Context, c *call) (any, error) {
	var options []vecstore.RestoreOption
	if target := take[string](c.arguments, "target_namespace"); target != nil {
		options = append(options, vecstore.IntoNamespace(*target))
	}
	return c.handle.RestoreSnapshot(ctx, c.text("name"), options...)
}

func downloadSnapshot(ctx context.Context, c *call) (any, error) {
	stream := c.handle.DownloadSnapshot(ctx, c.text("name"), or(c.version("offset"), 0))
	chunks, err := read(c, stream)
	if err != nil {
		return nil, err
	}
	bytes := 0
	for _, chunk := range chunks {
		bytes += len(chunk.Data)
	}
	last := chunks[len(chunks)-1]
	return map[string]any{
		"snapshot": last.Snapshot, "total_bytes": last.TotalBytes, "crc32": last.CRC32,
		"bytes": bytes, "chunks": len(chunks),
	}, nil
}

func createNamespace(ctx context.Context, c *call) (any, error) {
	options := []vecstore.CreateNamespaceOption{
		vecstore.WithMetric(vecstore.Metric(c.text("metric"))),
		vecstore.WithQuantization(vecstore.Quantization(c.text("quantization"))),
		vecstore.WithTextAnalyzer(vecstore.TextAnalyzer(c.text("text_analyzer"))),
	}
	for name, with := range map[string]func(int) vecstore.CreateNamespaceOption{
		"dimension":       vecstore.WithDimension,
		"m":               vecstore.WithM,
		"ef_construction": vecstore.WithEfConstruction,
		"ef_search":       func(ef int) vecstore.CreateNamespaceOption { return vecstore.WithEfSearch(ef) },
	} {
		if value := c.integer(name); value != nil {
			options = append(options, with(*value))
		}
	}
	set, removed := c.namespaceOptions()
	for _, option := range set {
		options = append(options, option)
	}
	if len(removed) > 0 {
		panic("create_namespace removes nothing")
	}
	return c.client.CreateNamespace(ctx, c.text("name"), options...)
}

func updateNamespace(ctx context.Context, c *call) (any, error) {
	set, options := c.namespaceOptions()
	for _, option := range set {
		options = append(options, option)
	}
	if status := take[string](c.arguments, "status"); status != nil {
		options = append(options, vecstore.WithStatus(vecstore.NamespaceStatus(*status)))
	}
	return c.client.UpdateNamespace(ctx, c.text("name"), options...)
}

// namespaceOptions are those of creating and of changing; null removes.
func (c *call) namespaceOptions() (set []vecstore.NamespaceOption, removed []vecstore.UpdateNamespaceOption) {
	for name, value := range or(take[map[string]any](c.arguments, "quotas"), nil) {
		if value == nil {
			removed = append(removed, vecstore.WithoutQuota(vecstore.Quota(name)))
		} else {
			set = append(set, vecstore.WithQuota(vecstore.Quota(name), value.(float64)))
		}
	}
	for key, value := range or(take[map[string]any](c.arguments, "labels"), nil) {
		if value == nil {
			removed = append(removed, vecstore.WithoutLabel(key))
		} else {
			set = append(set, vecstore.WithLabel(key, value.(string)))
		}
	}
	if description := take[string](c.arguments, "description"); description != nil {
		set = append(set, vecstore.WithDescription(*description))
	}
	if cache := take[bool](c.arguments, "cache_answers"); cache != nil {
		set = append(set, vecstore.WithCachedAnswers(*cache))
	}
	return set, removed
}

func listNamespaces(ctx context.Context, c *call) (any, error) {
	return named("namespaces", c, c.client.ListNamespaces(ctx, vecstore.WithPrefix(c.text("prefix"))))
}

func createAPIKey(ctx context.Context, c *call) (any, error) {
	secret, key, err := c.client.CreateAPIKey(ctx, vecstore.Role(c.text("role")),
		vecstore.WithKeyName(c.text("name")), vecstore.WithKeyNamespaces(slices.Clip(c.texts("namespaces"))...),
		vecstore.WithKeyExpiry(c.moment("expires_at_ms")))
	return map[string]any{"key": secret, "info": key}, err
}

func listAPIKeys(ctx context.Context, c *call) (any, error) {
	include := vecstore.IncludeRevoked(or(take[bool](c.arguments, "include_revoked"), false))
	return named("api_keys", c, c.client.ListAPIKeys(ctx, include))
}

func rotateAPIKey(ctx context.Context, c *call) (any, error) {
	secret, key, err := c.client.RotateAPIKey(ctx, c.text("id"))
	return map[string]any{"key": secret, "info": key}, err
}
