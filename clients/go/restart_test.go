package vecstore_test

import (
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	vecstore "github.com/vecstore/client-go"
	"github.com/vecstore/client-go/internal/servertest"
)

const (
	restartRecords = 4000
	restartBatch   = 100
)

// quickRetries wait little, so that a test does not.
var quickRetries = vecstore.WithBackoff(5*time.Millisecond, 50*time.Millisecond)

// numbered makes records, and kills and restarts the server once on the way, after so many.
func numbered(t *testing.T, server *servertest.Server, killAfter int) iter.Seq2[vecstore.Record, error] {
	t.Helper()
	return func(yield func(vecstore.Record, error) bool) {
		vector := make([]float32, 2)
		for at := range restartRecords {
			if at == killAfter {
				server.Kill()
				server.Restart(t)
			}
			// The same slice again and again: it is copied as it comes.
			vector[0], vector[1] = 1, float32(at)
			if !yield(vecstore.Record{ID: fmt.Sprintf("r%05d", at), Vector: vector}, nil) {
				return
			}
		}
	}
}

// checkNumbered asks whether every record is there, once, as it was made.
func checkNumbered(t *testing.T, client *vecstore.Client) {
	t.Helper()
	at := 0
	for record, err := range client.Export(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if record.ID != fmt.Sprintf("r%05d", at) || record.Vector[1] != float32(at) {
			t.Fatalf("at position %d is %s with %v", at, record.ID, record.Vector)
		}
		at++
	}
	if at != restartRecords {
		t.Errorf("there are %d records, not %d", at, restartRecords)
	}
}

func TestUpsertAllGoesOnOverARestart(t *testing.T) {
	t.Parallel()
	for _, protocol := range []vecstore.Protocol{vecstore.ProtocolConnect, vecstore.ProtocolGRPC} {
		t.Run(string(protocol), func(t *testing.T) {
			t.Parallel()
			server := servertest.Start(t)
			client := vecstore.NewClient(server.Address, vecstore.WithProtocol(protocol), quickRetries)
			defer client.Close()
			told := 0
			report, err := client.UpsertAll(
				t.Context(), numbered(t, server, 1500), vecstore.WithMode(vecstore.ModeInsertOnly),
				vecstore.WithBatchSize(restartBatch), vecstore.WithUpsertProgress(func(vecstore.UpsertReport) { told++ }))
			if err != nil {
				t.Fatal(err)
			}
			if report.Committed != restartRecords || report.Inserted != restartRecords ||
				report.Batches != restartRecords/restartBatch || told != report.Batches || len(report.Failures) != 0 {
				t.Errorf("got %+v", report)
			}
			checkNumbered(t, client)
		})
	}
}

func TestImportGoesOnOverARestart(t *testing.T) {
	t.Parallel()
	for _, protocol := range []vecstore.Protocol{vecstore.ProtocolConnect, vecstore.ProtocolGRPC} {
		for _, killAfter := range []int{0, 50, 1500, restartRecords - 1} {
			t.Run(fmt.Sprintf("%s, after %d", protocol, killAfter), func(t *testing.T) {
				t.Parallel()
				server := servertest.Start(t)
				client := vecstore.NewClient(server.Address, vecstore.WithProtocol(protocol), quickRetries)
				defer client.Close()
				report, err := client.Import(
					t.Context(), numbered(t, server, killAfter), vecstore.WithMode(vecstore.ModeInsertOnly),
					vecstore.WithBatchSize(restartBatch),
					vecstore.WithImportFailures(func(f vecstore.ImportFailure) { t.Errorf("not written: %+v", f) }))
				if err != nil {
					t.Fatal(err)
				}
				if report.Rows != restartRecords || report.Imported != restartRecords || report.Failed != 0 ||
					report.Resumptions == 0 {
					t.Errorf("got %+v", report)
				}
				checkNumbered(t, client)
			})
		}
	}
}

func TestCallsGoOnAfterARestart(t *testing.T) {
	t.Parallel()
	server := servertest.Start(t)
	client := vecstore.NewClient(server.Address, quickRetries)
	defer client.Close()
	for round := range 3 {
		if _, err := client.Upsert(t.Context(), []vecstore.Record{{ID: "a", Vector: []float32{1, 2}}}); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if _, err := client.Query(t.Context(), []float32{1, 2}, 1); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		server.Kill()
		if _, err := client.Count(t.Context()); !errors.Is(err, vecstore.ReasonUnreachable) {
			t.Errorf("round %d: got %v", round, err)
		}
		server.Restart(t)
	}
}
