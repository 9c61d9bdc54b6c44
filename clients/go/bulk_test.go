package vecstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// countedRecords makes records whose ids are their positions.
func countedRecords(count int) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for at := range count {
			if !yield(Record{ID: fmt.Sprint(at), Vector: []float32{1}}, nil) {
				return
			}
		}
	}
}

// taken keeps the batches that a fake server was sent, by their keys.
type taken struct {
	mutex   sync.Mutex
	batches map[string][]string
}

func (k *taken) upsert(_ context.Context, request *pb.UpsertRequest) (*pb.UpsertResponse, error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.batches == nil {
		k.batches = map[string][]string{}
	}
	var ids []string
	for _, record := range request.GetRecords() {
		ids = append(ids, record.GetId())
	}
	k.batches[request.GetIdempotencyKey()] = ids
	count := uint32(len(ids))
	return &pb.UpsertResponse{Upserted: count, Inserted: count, Sequence: uint64(len(k.batches))}, nil
}

func TestUpsertAllCutsBatchesAndReportsThem(t *testing.T) {
	t.Parallel()
	fake, seen := startFake(t), &taken{}
	fake.upsert = seen.upsert
	var told []UpsertReport
	report, err := fake.client(t).UpsertAll(
		t.Context(), countedRecords(25), WithBatchSize(10), WithConcurrency(3), WithIdempotencyKey("run"),
		WithUpsertProgress(func(report UpsertReport) { told = append(told, report) }))
	if err != nil || report.Upserted != 25 || report.Inserted != 25 || report.Committed != 25 || report.Batches != 3 ||
		report.Sequence != 3 || report.Retries != 0 {
		t.Errorf("got %+v, %v", report, err)
	}
	if len(told) != 3 || told[2].Batches != 3 {
		t.Errorf("was told %+v", told)
	}
	if len(seen.batches["run/0"]) != 10 || len(seen.batches["run/1"]) != 10 || seen.batches["run/2"][0] != "20" {
		t.Errorf("sent %v", seen.batches)
	}
}

func TestABatchAlsoEndsByItsBytesAndAtAnIDTwice(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("x", 1<<20)
	records := []Record{{ID: "a"}, {ID: "b"}, {ID: "a"}}
	for at := range 9 {
		records = append(records, Record{ID: fmt.Sprint(at), Text: text})
	}
	var sizes []int
	for batch, err := range batches(Records(records...), 100, true) {
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(batch.records))
	}
	if !slices.Equal(sizes, []int{2, 8, 2}) {
		t.Errorf("got batches of %v", sizes)
	}
}

func TestABatchWaitsForThoseThatShareAnID(t *testing.T) {
	t.Parallel()
	fake := startFake(t)
	var mutex sync.Mutex
	running := map[string]bool{}
	fake.upsert = func(_ context.Context, request *pb.UpsertRequest) (*pb.UpsertResponse, error) {
		id := request.GetRecords()[0].GetId()
		mutex.Lock()
		if running[id] {
			t.Errorf("%s is being written twice at once", id)
		}
		running[id] = true
		mutex.Unlock()
		mutex.Lock()
		defer mutex.Unlock()
		running[id] = false
		return &pb.UpsertResponse{Upserted: 1}, nil
	}
	var records []Record
	for at := range 60 {
		records = append(records, Record{ID: fmt.Sprint(at % 3)})
	}
	report, err := fake.client(t).UpsertAll(t.Context(), Records(records...), WithBatchSize(1), WithConcurrency(8))
	if err != nil || report.Committed != 60 {
		t.Errorf("got %+v, %v", report, err)
	}
}

func TestUpsertAllRepeatsWhatPasses(t *testing.T) {
	t.Parallel()
	fake, seen := startFake(t), &taken{}
	failures := make(chan error, 4)
	failures <- refusal(connect.CodeResourceExhausted, ReasonIndexBacklog, "0")
	failures <- refusal(connect.CodeUnavailable, ReasonDraining, "")
	failures <- refusal(connect.CodeDeadlineExceeded, ReasonDeadlineExceeded, "")
	failures <- refusal(connect.CodeUnavailable, ReasonDiskFull, "")
	fake.upsert = func(ctx context.Context, request *pb.UpsertRequest) (*pb.UpsertResponse, error) {
		select {
		case err := <-failures:
			return nil, err
		default:
			return seen.upsert(ctx, request)
		}
	}
	report, err := fake.client(t).UpsertAll(t.Context(), countedRecords(30), WithBatchSize(10))
	if err != nil || report.Committed != 30 || report.Retries != 4 || len(seen.batches) != 3 {
		t.Errorf("got %+v, %v; sent %v", report, err, seen.batches)
	}
}

func TestUpsertAllEndsWithTheFirstFailureInTheOrderOfTheInput(t *testing.T) {
	t.Parallel()
	fake := startFake(t)
	second := make(chan struct{})
	fake.upsert = func(_ context.Context, request *pb.UpsertRequest) (*pb.UpsertResponse, error) {
		switch request.GetRecords()[0].GetId() {
		case "10": // The second batch fails, after the third has.
			<-second
			return nil, refusal(connect.CodeInvalidArgument, ReasonInvalidVector, "", "field", "records[3]")
		case "20":
			close(second)
			return nil, refusal(connect.CodeResourceExhausted, ReasonQuotaExceeded, "")
		}
		return &pb.UpsertResponse{Upserted: 10}, nil
	}
	report, err := fake.client(t).UpsertAll(t.Context(), countedRecords(1000), WithBatchSize(10), WithConcurrency(3))
	var failed *Error
	if !errors.As(err, &failed) || failed.Reason != ReasonInvalidVector || failed.Details["committed"] != "10" ||
		failed.Details["field"] != "records[3]" || !strings.HasPrefix(failed.Message, "batch of the records 10 to 19: ") {
		t.Errorf("got %+v", failed)
	}
	if report.Committed != 10 || len(report.Failures) != 2 || report.Failures[0].First != 10 || report.Failures[1].Last != 29 ||
		!errors.Is(report.Failures[1].Err, ReasonQuotaExceeded) {
		t.Errorf("got %+v", report)
	}
}

func TestBulkWritesEndWithTheirSource(t *testing.T) {
	t.Parallel()
	fake, seen := startFake(t), &taken{}
	fake.upsert = seen.upsert
	fake.imp = answerImport
	client := fake.client(t)
	broken := errors.New("the file ends in the middle")
	source := func(yield func(Record, error) bool) {
		for record := range countedRecords(25) {
			if !yield(record, nil) {
				return
			}
		}
		yield(Record{}, broken)
	}
	if report, err := client.UpsertAll(t.Context(), source, WithBatchSize(10)); !errors.Is(err, broken) || report.Committed != 20 {
		t.Errorf("UpsertAll: got %+v, %v", report, err)
	}
	if report, err := client.Import(t.Context(), source, WithBatchSize(10)); !errors.Is(err, broken) || report.Rows > 20 {
		t.Errorf("Import: got %+v, %v", report, err)
	}
	bad := Records(Record{ID: "a", Vector: []float32{1}}, Record{ID: "\xff"})
	_, upsertErr := client.UpsertAll(t.Context(), bad)
	_, importErr := client.Import(t.Context(), bad)
	for _, err := range []error{upsertErr, importErr} {
		if !errors.Is(err, ReasonInvalidID) || !strings.Contains(err.Error(), "records[1].id") {
			t.Errorf("got %v", err)
		}
	}
}

func TestBulkWritesEndWithTheirContext(t *testing.T) {
	t.Parallel()
	fake := startFake(t)
	fake.upsert = func(ctx context.Context, _ *pb.UpsertRequest) (*pb.UpsertResponse, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	fake.imp = func(stream *connect.BidiStream[pb.ImportRequest, pb.ImportResponse]) error {
		for {
			if _, err := stream.Receive(); err != nil {
				return err
			}
		}
	}
	client := fake.client(t)
	for name, write := range map[string]func(context.Context) error{
		"UpsertAll": func(ctx context.Context) error {
			_, err := client.UpsertAll(ctx, countedRecords(100), WithBatchSize(1))
			return err
		},
		"Import": func(ctx context.Context) error {
			_, err := client.Import(ctx, countedRecords(100), WithBatchSize(1))
			return err
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		before := fake.requests()
		go func() {
			waitFor(t, func() bool { return fake.requests() > before })
			cancel()
		}()
		if err := write(ctx); !errors.Is(err, ReasonCanceled) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestBadOptionsOfBulkWritesAreRefused(t *testing.T) {
	t.Parallel()
	client := startFake(t).client(t)
	for name, option := range map[string]BulkOption{
		"a batch of none": WithBatchSize(0),
		"no patience":     WithPatience(0),
		"no mode":         bulkOption(func(o *bulkOptions) { o.mode = "replace" }),
	} {
		if _, err := client.UpsertAll(t.Context(), countedRecords(1), option); !errors.Is(err, CodeInvalidArgument) {
			t.Errorf("UpsertAll, %s: got %v", name, err)
		}
		if _, err := client.Import(t.Context(), countedRecords(1), option); !errors.Is(err, CodeInvalidArgument) {
			t.Errorf("Import, %s: got %v", name, err)
		}
	}
	if _, err := client.UpsertAll(t.Context(), countedRecords(1), WithConcurrency(0)); !errors.Is(err, CodeInvalidArgument) {
		t.Errorf("no concurrency: got %v", err)
	}
}

// answerImport answers every message, as a server does that writes all.
func answerImport(stream *connect.BidiStream[pb.ImportRequest, pb.ImportResponse]) error {
	rows := uint64(0)
	for {
		request, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		rows += uint64(len(request.GetRecords()))
		answer := &pb.ImportResponse{Rows: rows, Imported: rows, ResumeToken: fmt.Sprint(rows)}
		if err := stream.Send(answer); err != nil {
			return err
		}
	}
}

func TestAnImportGoesOnWhereItBrokeOff(t *testing.T) {
	t.Parallel()
	fake := startFake(t)
	var tokens []string
	fake.imp = func(stream *connect.BidiStream[pb.ImportRequest, pb.ImportResponse]) error {
		first, err := stream.Receive()
		if err != nil {
			return err
		}
		tokens = append(tokens, first.GetResumeToken())
		rows := uint64(0)
		if _, err := fmt.Sscan(first.GetResumeToken(), &rows); err != nil && first.GetResumeToken() != "" {
			return err
		}
		for answers := 0; ; answers++ {
			if err := stream.Send(&pb.ImportResponse{Rows: rows, Imported: rows, ResumeToken: fmt.Sprint(rows)}); err != nil {
				return err
			}
			if len(tokens) < 4 && answers == len(tokens) {
				return refusal(connect.CodeUnavailable, ReasonDraining, "")
			}
			request, err := stream.Receive()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if got := request.GetRecords()[0].GetId(); got != fmt.Sprint(rows) {
				t.Errorf("row %d is %s", rows, got)
			}
			rows += uint64(len(request.GetRecords()))
		}
	}
	var told []uint64
	var interruptions []InterruptionState
	report, err := fake.client(t).Import(t.Context(), countedRecords(100), WithBatchSize(10),
		WithImportProgress(func(report ImportReport) { told = append(told, report.Rows) }),
		WithImportInterruptions(func(each Interruption) {
			if each.Err.Reason != ReasonDraining || each.Attempts != 1 || each.State == InterruptionOver && each.Delay != 0 {
				t.Errorf("was told %+v", each)
			}
			interruptions = append(interruptions, each.State)
		}))
	if err != nil || report.Rows != 100 || report.Imported != 100 || report.Resumptions != 3 || report.ResumeToken != "100" {
		t.Errorf("got %+v, %v", report, err)
	}
	if !slices.Equal(tokens, []string{"", "10", "30", "60"}) || !slices.IsSorted(told) {
		t.Errorf("resumed with %v, told %v", tokens, told)
	}
	wanted := slices.Repeat([]InterruptionState{InterruptionWaiting, InterruptionOver}, 3)
	if !slices.Equal(interruptions, wanted) {
		t.Errorf("was told %v", interruptions)
	}
	tokens = nil
	client := fake.client(t, WithAttempts(1))
	report, err = client.Import(t.Context(), countedRecords(100), WithBatchSize(10))
	if !errors.Is(err, ReasonDraining) || report.ResumeToken != "10" || report.Rows != 10 {
		t.Errorf("without retries: got %+v, %v", report, err)
	}
}

func TestAnImportLosesItsPatienceWhereOnlyItsBeginningIsAnswered(t *testing.T) {
	t.Parallel()
	fake := startFake(t)
	fake.imp = func(stream *connect.BidiStream[pb.ImportRequest, pb.ImportResponse]) error {
		if _, err := stream.Receive(); err != nil {
			return err
		}
		if err := stream.Send(&pb.ImportResponse{ResumeToken: "0"}); err != nil {
			return err
		}
		if _, err := stream.Receive(); err != nil {
			return err
		}
		return refusal(connect.CodeUnavailable, ReasonDraining, "")
	}
	var told []Interruption
	client := fake.client(t, WithBackoff(time.Millisecond, time.Millisecond))
	report, err := client.Import(t.Context(), countedRecords(3), WithPatience(20*time.Millisecond),
		WithImportInterruptions(func(each Interruption) { told = append(told, each) }))
	if !errors.Is(err, ReasonDraining) || report.Resumptions != len(told) || len(told) == 0 {
		t.Errorf("got %+v, %v, and was told %+v", report, err, told)
	}
	for at, each := range told {
		if each.State != InterruptionWaiting || each.Attempts != at+1 || each.Duration > 20*time.Millisecond {
			t.Errorf("%d: was told %+v", at, each)
		}
	}
}
