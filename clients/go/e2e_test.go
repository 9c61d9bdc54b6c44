package vecstore_test

import (
	"errors"
	"testing"

	vecstore "github.com/vecstore/client-go"
	"github.com/vecstore/client-go/internal/servertest"
)

func TestARealServerAnswersOverEveryProtocol(t *testing.T) {
	t.Parallel()
	server := servertest.Start(t)
	for _, protocol := range []vecstore.Protocol{
		vecstore.ProtocolConnect, vecstore.ProtocolGRPC, vecstore.ProtocolGRPCWeb,
	} {
		t.Run(string(protocol), func(t *testing.T) {
			t.Parallel()
			client := vecstore.NewClient(
				server.Address, vecstore.WithProtocol(protocol), vecstore.WithNamespace(string(protocol)))
			defer client.Close()
			ctx := t.Context()
			if _, err := client.CreateNamespace(ctx, client.Name()); err != nil {
				t.Fatal(err)
			}
			written, err := client.Upsert(ctx, []vecstore.Record{
				{ID: "a", Vector: []float32{0.1, 0.2, 0.3}, Metadata: map[string]any{"kind": "book", "year": 2019}},
				{ID: "b", Vector: []float32{0.3, 0.2, 0.1}, Metadata: map[string]any{"kind": "film", "year": 2021}},
			})
			if err != nil || written.Upserted != 2 || written.Inserted != 2 || len(written.Versions) != 2 {
				t.Fatalf("got %+v, %v", written, err)
			}
			results, err := client.Query(ctx, []float32{0.1, 0.2, 0.3}, 10, vecstore.WithFilter("year > 2000"))
			if err != nil || len(results) != 2 || results[0].ID != "a" || results[0].Metadata["year"] != 2019.0 {
				t.Fatalf("got %+v, %v", results, err)
			}
			_, err = client.Query(ctx, []float32{1}, 10)
			if !errors.Is(err, vecstore.ReasonDimensionMismatch) {
				t.Fatalf("got %v", err)
			}
		})
	}
}
