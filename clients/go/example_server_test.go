package vecstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	vecstore "github.com/vecstore/client-go"
)

func ExampleNamespaceHandle_CreateSnapshot() {
	ctx := context.Background()
	client := vecstore.NewClient(address)
	defer client.Close()

	stats, err := client.Stats(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(stats.VectorCount, stats.Dimension, stats.IndexState)

	// Reclaims the room of what was deleted and replaced; a dry run only says how much.
	if _, err := client.Compact(ctx, vecstore.DryRun()); err != nil {
		log.Fatal(err)
	}

	if _, err := client.CreateSnapshot(ctx, "monday"); err != nil {
		log.Fatal(err)
	}
	if _, err := client.Delete(ctx, vecstore.Everything()); err != nil {
		log.Fatal(err)
	}
	restored, err := client.RestoreSnapshot(ctx, "monday")
	fmt.Println(restored.VectorCount, err)

	// Beside what there is, as a namespace of its own.
	_, err = client.RestoreSnapshot(ctx, "monday", vecstore.IntoNamespace("copy-of-monday"))
	fmt.Println(err)

	// As a tar file, which always has the same bytes; DownloadSnapshot goes on with a download that broke off.
	var archive bytes.Buffer
	written, err := client.SaveSnapshot(ctx, "monday", &archive)
	fmt.Println(written == int64(archive.Len()), err)
	fmt.Println(client.DeleteSnapshot(ctx, "monday"))
	// Output:
	// 1005 3 flat
	// 1005 <nil>
	// <nil>
	// true <nil>
	// <nil>
}

func ExampleClient_CreateNamespace() {
	ctx := context.Background()
	client := vecstore.NewClient(address)
	defer client.Close()

	_, err := client.CreateNamespace(
		ctx, "images",
		vecstore.WithDimension(2), vecstore.WithMetric(vecstore.MetricEuclidean), vecstore.WithQuota(vecstore.QuotaVectors, 1000),
	)
	if err != nil {
		log.Fatal(err)
	}
	images := client.Namespace("images")
	if _, err := images.Upsert(ctx, []vecstore.Record{{ID: "i1", Vector: []float32{3, 4}}}); err != nil {
		log.Fatal(err)
	}
	results, err := images.Query(ctx, []float32{0, 0}, 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(*results[0].Distance)

	usage, err := client.GetNamespaceUsage(ctx, "images")
	fmt.Println(usage.Usage.VectorCount, usage.Quotas[vecstore.QuotaVectors], err)
	for namespace, err := range client.ListNamespaces(ctx, vecstore.WithPrefix("im")) {
		fmt.Println(namespace.Name, namespace.Config.Metric, err)
	}
	// Output:
	// 5
	// 1 1000 <nil>
	// images euclidean <nil>
}

func ExampleClient_CreateAPIKey() {
	ctx := context.Background()
	admin := vecstore.NewClient(address, vecstore.WithAPIKey(os.Getenv("VECSTORE_ADMIN_KEY")))
	defer admin.Close()
	secret, key, err := admin.CreateAPIKey(
		ctx, vecstore.RoleWriter, vecstore.WithKeyName("ingest"), vecstore.WithKeyNamespaces("docs"))
	if err != nil {
		log.Fatal(err)
	}
	ingest := vecstore.NewClient(address, vecstore.WithAPIKey(secret), vecstore.WithNamespace("docs"))
	defer ingest.Close()
	secret, _, err = admin.RotateAPIKey(ctx, key.ID) // The old secret has stopped, this one works.
	if err != nil {
		log.Fatal(err)
	}
	log.Println(len(secret), admin.RevokeAPIKey(ctx, key.ID))
}

func ExampleError() {
	client := vecstore.NewClient(address)
	defer client.Close()
	_, err := client.Query(context.Background(), []float32{1, 2}, 10)
	var failed *vecstore.Error
	if errors.As(err, &failed) {
		fmt.Println(string(failed.Code), string(failed.Reason), failed.Retryable())
	}
	fmt.Println(errors.Is(err, vecstore.ReasonDimensionMismatch), errors.Is(err, vecstore.CodeInvalidArgument))

	// A context ends a call, a stream, or a wait between two attempts.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	cancel()
	_, err = client.Count(ctx)
	fmt.Println(errors.Is(err, context.Canceled))
	// Output:
	// invalid_argument DIMENSION_MISMATCH false
	// true true
	// true
}

func ExampleWithTraceContext() {
	// With OpenTelemetry: otel.GetTextMapPropagator().Inject(ctx, propagation.HeaderCarrier(header))
	inject := func(ctx context.Context, header http.Header) {
		if parent, ok := ctx.Value(traceparent{}).(string); ok {
			header.Set("Traceparent", parent)
		}
	}
	client := vecstore.NewClient(address, vecstore.WithTraceContext(inject))
	defer client.Close()
	ctx := context.WithValue(context.Background(), traceparent{}, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	_, err := client.Count(ctx)
	fmt.Println(err)
	// Output: <nil>
}

type traceparent struct{}
