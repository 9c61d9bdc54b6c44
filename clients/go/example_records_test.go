package vecstore_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math"
	"os"
	"time"

	vecstore "github.com/vecstore/client-go"
)

// address is where the examples find their server; main_test.go sets it.
var address = "localhost:8080"

func Example() {
	ctx := context.Background()
	client := vecstore.NewClient(address)
	defer client.Close()

	_, err := client.Upsert(ctx, []vecstore.Record{
		{ID: "a", Vector: []float32{0.1, 0.2, 0.3}, Metadata: map[string]any{"kind": "book", "year": 2019}},
		{ID: "b", Vector: []float32{0.3, 0.2, 0.1}, Metadata: map[string]any{"kind": "film", "year": 2021}},
	})
	if err != nil {
		log.Fatal(err)
	}
	results, err := client.Query(ctx, []float32{0.1, 0.2, 0.3}, 10)
	if err != nil {
		log.Fatal(err)
	}
	for _, result := range results {
		fmt.Printf("%s %.3f\n", result.ID, result.Score)
	}
	// Output:
	// a 1.000
	// b 0.714
}

func ExampleNewClient() {
	client := vecstore.NewClient(
		address,
		vecstore.WithAPIKey(""),              // else VECSTORE_API_KEY
		vecstore.WithNamespace("default"),    // else the one that the key is bound to, else "default"
		vecstore.WithTimeout(30*time.Second), // of a call whose context has no deadline, retries included
		vecstore.WithAttempts(3),             // 1 turns retries off
		vecstore.WithBackoff(100*time.Millisecond, 5*time.Second), // of the first wait, and of any
		vecstore.WithProtocol(vecstore.ProtocolConnect),           // ProtocolGRPC, ProtocolGRPCWeb
	)
	defer client.Close()
	count, err := client.Count(context.Background())
	fmt.Println(count, err)
	// Output: 2 <nil>
}

func ExampleNewClient_tls() {
	authority, err := os.ReadFile("ca.pem")
	if err != nil {
		log.Fatal(err)
	}
	certificate, err := os.ReadFile("client.pem")
	if err != nil {
		log.Fatal(err)
	}
	key, err := os.ReadFile("client-key.pem")
	if err != nil {
		log.Fatal(err)
	}
	client := vecstore.NewClient(
		"https://vectors.example.com",
		vecstore.WithRootCA(authority),                   // else the authorities of the system
		vecstore.WithClientCertificate(certificate, key), // where the server asks for one
	)
	defer client.Close()
}

func ExampleNamespaceHandle_Upsert() {
	ctx := context.Background()
	client := vecstore.NewClient(address)
	defer client.Close()

	written, err := client.Upsert(ctx, []vecstore.Record{
		{ID: "c", Vector: []float32{0, 1, 0}, Metadata: map[string]any{"kind": "book", "tags": []string{"new"}}, Text: "A third"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(written.Upserted, written.Inserted, len(written.Versions))

	// Only if it is not there yet, or only as it was read.
	_, err = client.Upsert(ctx, []vecstore.Record{{ID: "d", Vector: []float32{1, 0, 0}, IfVersion: vecstore.Ptr[uint64](0)}})
	fmt.Println(err)
	_, err = client.Upsert(ctx, []vecstore.Record{{ID: "c", Vector: []float32{0, 1, 0.5}, IfVersion: &written.Versions[0]}})
	fmt.Println(err)
	again := []vecstore.Record{{ID: "c", Vector: []float32{1, 1, 0}}}
	_, err = client.Upsert(ctx, again, vecstore.WithMode(vecstore.ModeInsertOnly))
	fmt.Println(errors.Is(err, vecstore.ReasonRecordExists))
	// Output:
	// 1 1 1
	// <nil>
	// <nil>
	// true
}

func ExampleNamespaceHandle_UpsertAll() {
	words := func(yield func(vecstore.Record) bool) {
		for n := range 2500 {
			x := float64(n)
			record := vecstore.Record{
				ID:       fmt.Sprintf("word-%d", n),
				Vector:   []float32{float32(math.Cos(x)), float32(math.Sin(x)), 1},
				Metadata: map[string]any{"n": n},
			}
			if !yield(record) {
				return
			}
		}
	}

	client := vecstore.NewClient(address)
	defer client.Close()
	report, err := client.UpsertAll(
		context.Background(), vecstore.RecordSource(words),
		vecstore.WithBatchSize(500), vecstore.WithConcurrency(4),
		vecstore.WithUpsertProgress(func(so vecstore.UpsertReport) { log.Printf("%d written", so.Committed) }),
	)
	if err != nil {
		log.Fatalf("%d are written: %v", report.Committed, err)
	}
	fmt.Println(report.Upserted, report.Batches)
	// Output: 2500 5
}

func ExampleNamespaceHandle_Import() {
	client := vecstore.NewClient(address)
	defer client.Close()
	report, err := client.Import(
		context.Background(),
		vecstore.Records(
			vecstore.Record{ID: "word-0", Vector: []float32{1, 1, 1}},
			vecstore.Record{ID: "x", Vector: []float32{1}},
			vecstore.Record{ID: "new", Vector: []float32{1, 1, 1}},
		),
		vecstore.WithMode(vecstore.ModeInsertOnly),
		vecstore.WithImportFailures(func(f vecstore.ImportFailure) { fmt.Println(f.Row, f.ID, string(f.Reason)) }),
	)
	if err != nil {
		log.Fatalf("it goes on with %s: %v", report.ResumeToken, err)
	}
	fmt.Println(report.Rows, report.Imported, report.Failed)
	// Output:
	// 1 word-0 RECORD_EXISTS
	// 2 x DIMENSION_MISMATCH
	// 3 1 2
}

func ExampleNamespaceHandle_Update() {
	ctx := context.Background()
	client := vecstore.NewClient(address)
	defer client.Close()
	_, err := client.Update(
		ctx,
		vecstore.RecordUpdate{ID: "a", MergeMetadata: map[string]any{"year": 2020, "draft": nil}},
		vecstore.RecordUpdate{ID: "c", ReplaceMetadata: map[string]any{"kind": "film"}, ClearText: true},
	)
	if err != nil {
		log.Fatal(err)
	}
	records, _, err := client.Get(ctx, []string{"a"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(records[0].Metadata)
	// Output: map[kind:book year:2020]
}

func ExampleNamespaceHandle_List() {
	ctx := context.Background()
	client := vecstore.NewClient(address)
	defer client.Close()

	records, missing, err := client.Get(ctx, []string{"c", "nobody"}, vecstore.IncludeVector(true))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(records[0].Vector, missing)

	// List fetches page after page as the loop goes on; ListPage gives one page and its token.
	for record, err := range client.List(ctx, vecstore.WithFilter("kind = 'film'")) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(record.ID)
	}
	page, err := client.ListPage(ctx, "", vecstore.WithPrefix("word-"), vecstore.WithPageSize(100))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(page.Records), page.NextToken != "")

	count, err := client.Count(ctx, vecstore.WithFilter("n < 100"))
	fmt.Println(count, err)
	// Output:
	// [0 1 0.5] [nobody]
	// b
	// c
	// 100 true
	// 100 <nil>
}

func ExampleNamespaceHandle_Export() {
	client := vecstore.NewClient(address)
	defer client.Close()
	token, numbers := "", 0
	for record, err := range client.Export(
		context.Background(), vecstore.WithPrefix("word-"), vecstore.WithExportToken(&token),
	) {
		if err != nil {
			log.Fatalf("it goes on with %s: %v", token, err)
		}
		numbers += len(record.Vector)
	}
	fmt.Println(numbers, token != "")
	// Output: 7500 true
}

func ExampleNamespaceHandle_Query() {
	ctx := context.Background()
	client := vecstore.NewClient(address)
	defer client.Close()

	var stats vecstore.QueryStats
	results, err := client.Query(
		ctx, []float32{0.1, 0.2, 0.3}, 3,
		vecstore.WithFilter("kind IN ['book', 'film'] AND year >= 2020"),
		vecstore.IncludeVector(true), vecstore.WithStats(&stats),
	)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(results[0].ID, results[1].ID, stats.Exhausted)

	// Results as they come, up to 10,000. Leaving the loop cancels the query.
	for result, err := range client.QueryStream(ctx, []float32{1, 0, 0}, 5000) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(result.ID)
		break
	}

	answers, err := client.BatchQuery(
		ctx,
		vecstore.NewQuery([]float32{1, 0, 0}, 1, vecstore.WithFilter("NOT EXISTS n")),
		vecstore.NewQuery(nil, 1, vecstore.WithQueryID("c")),
	)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answers[0][0].ID, answers[1][0].ID)
	// Output:
	// a b true
	// d
	// d c
}

func ExampleField() {
	ctx := context.Background()
	client := vecstore.NewClient(address)
	defer client.Close()

	recent := vecstore.And(vecstore.Field("year").GreaterOrEqual(2020), vecstore.Field("kind").In("book", "film"))
	count, err := client.Count(ctx, vecstore.WithFilterTree(recent))
	fmt.Println(count, err)

	films, err := vecstore.FilterFromMap(map[string]any{"year": map[string]any{"$gte": 2020}, "kind": "film"})
	if err != nil {
		log.Fatal(err)
	}
	count, err = client.Count(ctx, vecstore.WithFilterTree(films))
	fmt.Println(count, err)
	// Output:
	// 2 <nil>
	// 1 <nil>
}

func ExampleNamespaceHandle_Delete() {
	ctx := context.Background()
	client := vecstore.NewClient(address)
	defer client.Close()

	hidden, err := client.SoftDelete(ctx, vecstore.IDs("a", "b"))
	fmt.Println(hidden.Records, err)
	back, err := client.Restore(ctx, vecstore.IDs("a", "b"))
	fmt.Println(back.Records, err)
	gone, err := client.Delete(ctx, vecstore.Matching("n >= 1000"))
	fmt.Println(gone.Records, err)
	// Output:
	// 2 <nil>
	// 2 <nil>
	// 1500 <nil>
}
