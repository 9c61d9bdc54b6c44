package conformance

import (
	"context"
	"fmt"
	"iter"
	"time"

	vecstore "github.com/vecstore/client-go"
)

// call is one call of a client.
type call struct {
	arguments

	client *vecstore.Client
	handle *vecstore.NamespaceHandle
	// take is after how many items a stream is left, 0 for never; onItem is told of each.
	take   int
	onItem func()
}

// operations by their names. A result is anything that toJSON turns.
var operations = map[string]func(context.Context, *call) (any, error){
	"upsert":          upsert,
	"upsert_all":      upsertAll,
	"import":          importRecords,
	"update":          func(ctx context.Context, c *call) (any, error) { return c.handle.Update(ctx, c.updates()...) },
	"get":             get,
	"list":            list,
	"list_page":       listPage,
	"export":          export,
	"count":           count,
	"query":           query,
	"query_stream":    queryStream,
	"batch_query":     batchQuery,
	"delete":          onTarget((*vecstore.NamespaceHandle).Delete),
	"soft_delete":     onTarget((*vecstore.NamespaceHandle).SoftDelete),
	"restore":         onTarget((*vecstore.NamespaceHandle).Restore),
	"compact":         compact,
	"stats":           func(ctx context.Context, c *call) (any, error) { return c.handle.Stats(ctx) },
	"measure_recall":  measureRecall,
	"create_snapshot": func(ctx context.Context, c *call) (any, error) { return c.handle.CreateSnapshot(ctx, c.text("name")) },
	"list_snapshots": func(ctx context.Context, c *call) (any, error) {
		return named("snapshots", c, c.handle.ListSnapshots(ctx))
	},
	"restore_snapshot": restoreSnapshot,
	"delete_snapshot": func(ctx context.Context, c *call) (any, error) {
		return nil, c.handle.DeleteSnapshot(ctx, c.text("name"))
	},
	"download_snapshot": downloadSnapshot,
	"create_namespace":  createNamespace,
	"get_namespace":     func(ctx context.Context, c *call) (any, error) { return c.client.GetNamespace(ctx, c.text("name")) },
	"list_namespaces":   listNamespaces,
	"update_namespace":  updateNamespace,
	"delete_namespace": func(ctx context.Context, c *call) (any, error) {
		return nil, c.client.DeleteNamespace(ctx, c.text("name"))
	},
	"get_namespace_usage": func(ctx context.Context, c *call) (any, error) {
		return c.client.GetNamespaceUsage(ctx, c.text("name"))
	},
	"get_aggregate_stats": func(ctx context.Context, c *call) (any, error) { return c.client.GetAggregateUsage(ctx) },
	"export_usage":        func(ctx context.Context, c *call) (any, error) { return named("usages", c, c.client.ExportUsage(ctx)) },
	"create_api_key":      createAPIKey,
	"list_api_keys":       listAPIKeys,
	"revoke_api_key":      func(ctx context.Context, c *call) (any, error) { return nil, c.client.RevokeAPIKey(ctx, c.text("id")) },
	"rotate_api_key":      rotateAPIKey,
	"close":               func(_ context.Context, c *call) (any, error) { return nil, c.client.Close() },
}

// perform carries out an operation.
func (c *call) perform(ctx context.Context, operation string) (any, error) {
	run, ok := operations[operation]
	if !ok {
		return nil, fmt.Errorf("this executor has no %s", operation)
	}
	result, err := run(ctx, c)
	if err == nil {
		err = c.left()
	}
	if err != nil {
		return nil, err
	}
	if result == nil {
		return map[string]any{}, nil
	}
	return toJSON(result), nil
}

// read reads a stream, to its end or as far as the step says.
func read[T any](c *call, stream iter.Seq2[T, error]) ([]T, error) {
	items := []T{}
	for item, err := range stream {
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		c.onItem()
		if len(items) == c.take {
			break
		}
	}
	return items, nil
}

func named[T any](name string, c *call, stream iter.Seq2[T, error]) (any, error) {
	items, err := read(c, stream)
	return map[string]any{name: items}, err
}

func upsert(ctx context.Context, c *call) (any, error) {
	var options []vecstore.UpsertOption
	if mode := take[string](c.arguments, "mode"); mode != nil {
		options = append(options, vecstore.WithMode(vecstore.WriteMode(*mode)))
	}
	if key := take[string](c.arguments, "idempotency_key"); key != nil {
		options = append(options, vecstore.WithIdempotencyKey(*key))
	}
	return c.handle.Upsert(ctx, c.records(), options...)
}

func upsertAll(ctx context.Context, c *call) (any, error) {
	var options []vecstore.UpsertAllOption
	if mode := take[string](c.arguments, "mode"); mode != nil {
		options = append(options, vecstore.WithMode(vecstore.WriteMode(*mode)))
	}
	if key := take[string](c.arguments, "idempotency_key"); key != nil {
		options = append(options, vecstore.WithIdempotencyKey(*key))
	}
	if size := c.integer("batch_size"); size != nil {
		options = append(options, vecstore.WithBatchSize(*size))
	}
	if concurrency := c.integer("concurrency"); concurrency != nil {
		options = append(options, vecstore.WithConcurrency(*concurrency))
	}
	if patience := take[float64](c.arguments, "patience_ms"); patience != nil {
		options = append(options, vecstore.WithPatience(time.Duration(*patience*float64(time.Millisecond))))
	}
	return c.handle.UpsertAll(ctx, c.source(), options...)
}

func importRecords(ctx context.Context, c *call) (any, error) {
	failures := []vecstore.ImportFailure{}
	options := []vecstore.ImportOption{
		vecstore.WithImportFailures(func(failure vecstore.ImportFailure) { failures = append(failures, failure) }),
		vecstore.WithImportToken(c.text("resume_token")),
	}
	if mode := take[string](c.arguments, "mode"); mode != nil {
		options = append(options, vecstore.WithMode(vecstore.WriteMode(*mode)))
	}
	if size := c.integer("batch_size"); size != nil {
		options = append(options, vecstore.WithBatchSize(*size))
	}
	report, err := c.handle.Import(ctx, c.source(), options...)
	result, _ := toJSON(report).(map[string]any)
	result["failures"] = failures
	return result, err
}

func get(ctx context.Context, c *call) (any, error) {
	var options []vecstore.GetOption
	for _, part := range c.projection() {
		options = append(options, part)
	}
	records, missing, err := c.handle.Get(ctx, c.texts("ids"), options...)
	return map[string]any{"records": records, "missing": missing}, err
}

func (c *call) listOptions() (options []vecstore.ListOption, err error) {
	filters, err := c.filters()
	for _, filter := range filters {
		options = append(options, filter)
	}
	for _, part := range c.projection() {
		options = append(options, part)
	}
	if prefix := take[string](c.arguments, "prefix"); prefix != nil {
		options = append(options, vecstore.WithPrefix(*prefix))
	}
	if size := c.integer("page_size"); size != nil {
		options = append(options, vecstore.WithPageSize(*size))
	}
	return options, err
}

func list(ctx context.Context, c *call) (any, error) {
	options, err := c.listOptions()
	if err != nil {
		return nil, err
	}
	return named("records", c, c.handle.List(ctx, options...))
}

func listPage(ctx context.Context, c *call) (any, error) {
	options, err := c.listOptions()
	if err != nil {
		return nil, err
	}
	page, err := c.handle.ListPage(ctx, c.text("page_token"), options...)
	result := map[string]any{"records": page.Records}
	if page.NextToken != "" {
		result["next_page_token"] = page.NextToken
	}
	return result, err
}

func export(ctx context.Context, c *call) (any, error) {
	token := c.text("resume_token")
	options := []vecstore.ExportOption{vecstore.WithExportToken(&token)}
	filters, err := c.filters()
	if err != nil {
		return nil, err
	}
	for _, filter := range filters {
		options = append(options, filter)
	}
	for _, part := range c.projection() {
		options = append(options, part)
	}
	if prefix := take[string](c.arguments, "prefix"); prefix != nil {
		options = append(options, vecstore.WithPrefix(*prefix))
	}
	records, err := read(c, c.handle.Export(ctx, options...))
	return map[string]any{"records": records, "resume_token": token}, err
}

func count(ctx context.Context, c *call) (any, error) {
	var options []vecstore.CountOption
	filters, err := c.filters()
	if err != nil {
		return nil, err
	}
	for _, filter := range filters {
		options = append(options, filter)
	}
	counted, err := c.handle.Count(ctx, options...)
	return map[string]any{"count": counted}, err
}
