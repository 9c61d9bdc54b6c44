package vecstore

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

func TestWaitsGrowAndNeverUndercutTheServer(t *testing.T) {
	t.Parallel()
	policy := retryPolicy{attempts: 9, backoff: 100 * time.Millisecond, maxBackoff: 500 * time.Millisecond}
	for tries, milliseconds := range map[int]int{1: 100, 2: 200, 3: 400, 4: 500, 9: 500, 400: 500} {
		most := time.Duration(milliseconds) * time.Millisecond
		spread := map[time.Duration]bool{}
		for range 200 {
			wait := policy.wait(&Error{}, tries)
			if wait < 0 || wait > most {
				t.Errorf("after %d tries it waits %v, above %v", tries, wait, most)
			}
			spread[wait] = true
		}
		if len(spread) < 2 {
			t.Errorf("after %d tries it always waits %v", tries, most)
		}
		asked := 3 * time.Second
		if wait := policy.wait(&Error{RetryAfter: &asked}, tries); wait < asked || wait > asked+most {
			t.Errorf("asked for %v it waits %v", asked, wait)
		}
	}
}

func TestWhatIsRepeated(t *testing.T) {
	t.Parallel()
	soon := time.Duration(0)
	busy := Error{Code: CodeResourceExhausted, Reason: ReasonConnectionsLimited, RetryAfter: &soon}
	for name, tc := range map[string]struct {
		err   Error
		read  int
		write int
	}{
		"a lost connection":            {Error{Code: CodeUnavailable, Reason: ReasonConnectionLost}, 3, 1},
		"no connection":                {Error{Code: CodeUnavailable, Reason: ReasonUnreachable}, 3, 3},
		"a server that starts":         {Error{Code: CodeUnavailable, Reason: ReasonStarting}, 3, 3},
		"a server that drains":         {Error{Code: CodeUnavailable, Reason: ReasonDraining}, 3, 1},
		"a full disk":                  {Error{Code: CodeUnavailable, Reason: ReasonDiskFull}, 3, 1},
		"a stopped store":              {Error{Code: CodeUnavailable, Reason: ReasonStoreStopped}, 1, 1},
		"a bad certificate":            {Error{Code: CodeUnavailable, Reason: ReasonTLSFailed}, 1, 1},
		"a backlog":                    {Error{Code: CodeResourceExhausted, Reason: ReasonIndexBacklog}, 3, 3},
		"a rate":                       {Error{Code: CodeResourceExhausted, Reason: ReasonRateLimited}, 3, 3},
		"too many queries":             {Error{Code: CodeResourceExhausted, Reason: ReasonConcurrencyLimited}, 3, 3},
		"too many connections":         {Error{Code: CodeResourceExhausted, Reason: ReasonConnectionsLimited}, 1, 1},
		"too many, but Retry-After":    {busy, 3, 3},
		"a quota":                      {Error{Code: CodeResourceExhausted, Reason: ReasonQuotaExceeded}, 1, 1},
		"another with Retry-After":     {Error{Code: CodeResourceExhausted, Reason: ReasonQuotaExceeded, RetryAfter: &soon}, 3, 1},
		"bad input":                    {Error{Code: CodeInvalidArgument, Reason: ReasonInvalidVector, RetryAfter: &soon}, 1, 1},
		"a version conflict":           {Error{Code: CodeAborted, Reason: ReasonVersionConflict}, 1, 1},
		"a deadline":                   {Error{Code: CodeDeadlineExceeded, Reason: ReasonDeadlineExceeded}, 1, 1},
		"a reason that is not known":   {Error{Code: CodeUnavailable, Reason: "FROM_THE_FUTURE"}, 3, 1},
		"an answer of somebody else":   {Error{Code: CodeUnavailable, Reason: ReasonUnspecified}, 3, 1},
		"a fault of the server":        {Error{Code: CodeInternal, Reason: ReasonInternal}, 1, 1},
		"a call that was canceled":     {Error{Code: CodeCanceled, Reason: ReasonCanceled}, 1, 1},
		"a client that was closed":     {Error{Code: CodeCanceled, Reason: ReasonClientClosed}, 1, 1},
		"what the server cannot (yet)": {Error{Code: CodeUnimplemented, Reason: ReasonNotImplemented}, 1, 1},
	} {
		policy := retryPolicy{attempts: 3, backoff: 1, maxBackoff: 1}
		for repeatable, want := range map[bool]int{true: tc.read, false: tc.write} {
			attempts := 0
			err := policy.retry(t.Context(), repeatable, func() *Error {
				attempts++
				return &tc.err
			})
			if attempts != want || err != &tc.err {
				t.Errorf("%s, repeatable %v: %d attempts, not %d; %v", name, repeatable, attempts, want, err)
			}
		}
	}
}

func TestNoWaitGoesBeyondTheDeadline(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	hour := time.Hour
	attempts := 0
	err := retryPolicy{attempts: 3, backoff: 1, maxBackoff: 1}.retry(ctx, true, func() *Error {
		attempts++
		return &Error{Code: CodeUnavailable, Reason: ReasonStarting, RetryAfter: &hour}
	})
	if attempts != 1 || err.Reason != ReasonStarting {
		t.Errorf("%d attempts, %v", attempts, err)
	}
}

func TestTheCallerEndsAWait(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	hour := time.Hour
	err := retryPolicy{attempts: 3, backoff: 1, maxBackoff: 1}.retry(ctx, true, func() *Error {
		cancel()
		return &Error{Code: CodeUnavailable, Reason: ReasonStarting, RetryAfter: &hour}
	})
	if err.Reason != ReasonCanceled || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// counting answers every request with an outage, and counts them by their paths.
type counting struct {
	mutex    sync.Mutex
	requests map[string]int
}

func (c *counting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mutex.Lock()
	c.requests[r.URL.Path]++
	c.mutex.Unlock()
	// What a proxy says: it has no reason, so whether the work began is not known.
	writer := connect.NewErrorWriter()
	if !writer.IsSupported(r) {
		http.Error(w, "not Connect", http.StatusTeapot)
		return
	}
	_ = writer.Write(w, r, connect.NewError(connect.CodeUnavailable, errText("down")))
}

// everyMethod calls all that the client has, save those in bulk.
func everyMethod(t *testing.T, client *Client) map[string]func() error {
	t.Helper()
	ctx := t.Context()
	last := func(err error, _ ...any) error { return err }
	return map[string]func() error{
		"Upsert":            func() error { r, err := client.Upsert(ctx, []Record{{ID: "a"}}); return last(err, r) },
		"Update":            func() error { r, err := client.Update(ctx, RecordUpdate{ID: "a"}); return last(err, r) },
		"Get":               func() error { r, m, err := client.Get(ctx, []string{"a"}); return last(err, r, m) },
		"List":              func() error { return firstOf(client.List(ctx)) },
		"Count":             func() error { r, err := client.Count(ctx); return last(err, r) },
		"Query":             func() error { r, err := client.Query(ctx, []float32{1}, 1); return last(err, r) },
		"QueryStream":       func() error { return firstOf(client.QueryStream(ctx, []float32{1}, 1)) },
		"BatchQuery":        func() error { r, err := client.BatchQuery(ctx, NewQuery([]float32{1}, 1)); return last(err, r) },
		"Delete":            func() error { r, err := client.Delete(ctx, Everything()); return last(err, r) },
		"SoftDelete":        func() error { r, err := client.SoftDelete(ctx, Everything()); return last(err, r) },
		"Restore":           func() error { r, err := client.Restore(ctx, Everything()); return last(err, r) },
		"Compact":           func() error { r, err := client.Compact(ctx); return last(err, r) },
		"GetStats":          func() error { r, err := client.Stats(ctx); return last(err, r) },
		"CreateSnapshot":    func() error { r, err := client.CreateSnapshot(ctx, "s"); return last(err, r) },
		"ListSnapshots":     func() error { return firstOf(client.ListSnapshots(ctx)) },
		"RestoreSnapshot":   func() error { r, err := client.RestoreSnapshot(ctx, "s"); return last(err, r) },
		"DeleteSnapshot":    func() error { return client.DeleteSnapshot(ctx, "s") },
		"DownloadSnapshot":  func() error { return firstOf(client.DownloadSnapshot(ctx, "s", 0)) },
		"Export":            func() error { return firstOf(client.Export(ctx)) },
		"MeasureRecall":     func() error { r, err := client.MeasureRecall(ctx); return last(err, r) },
		"CreateNamespace":   func() error { r, err := client.CreateNamespace(ctx, "n"); return last(err, r) },
		"GetNamespace":      func() error { r, err := client.GetNamespace(ctx, "n"); return last(err, r) },
		"ListNamespaces":    func() error { return firstOf(client.ListNamespaces(ctx)) },
		"UpdateNamespace":   func() error { r, err := client.UpdateNamespace(ctx, "n"); return last(err, r) },
		"DeleteNamespace":   func() error { return client.DeleteNamespace(ctx, "n") },
		"GetNamespaceStats": func() error { r, err := client.GetNamespaceUsage(ctx, "n"); return last(err, r) },
		"GetAggregateStats": func() error { r, err := client.GetAggregateUsage(ctx); return last(err, r) },
		"ExportUsage":       func() error { return firstOf(client.ExportUsage(ctx)) },
		"CreateApiKey":      func() error { s, k, err := client.CreateAPIKey(ctx, RoleReader); return last(err, s, k) },
		"ListApiKeys":       func() error { return firstOf(client.ListAPIKeys(ctx)) },
		"RevokeApiKey":      func() error { return client.RevokeAPIKey(ctx, "k") },
		"RotateApiKey":      func() error { s, k, err := client.RotateAPIKey(ctx, "k"); return last(err, s, k) },
	}
}

func TestReadsAreRepeatedAndWritesAreNot(t *testing.T) {
	t.Parallel()
	handler := &counting{requests: map[string]int{}}
	server := httptest.NewServer(handler)
	defer server.Close()
	client := NewClient(server.URL, WithBackoff(1, 1))
	defer client.Close()
	calls := everyMethod(t, client)
	for name, call := range calls {
		if err := call(); !errors.Is(err, CodeUnavailable) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for _, file := range []protoreflect.FileDescriptor{
		pb.File_vecstore_v1_vecstore_service_proto, pb.File_vecstore_v1_namespace_service_proto,
		pb.File_vecstore_v1_api_key_service_proto,
	} {
		service := file.Services().Get(0)
		for at := range service.Methods().Len() {
			method := service.Methods().Get(at)
			if method.IsStreamingClient() {
				continue
			}
			path := "/" + string(service.FullName()) + "/" + string(method.Name())
			want := 1
			if isRead(method) || method.Name() == "Upsert" { // It makes an idempotency key.
				want = 3
			}
			if got := handler.requests[path]; got != want {
				t.Errorf("%s was sent %d times, not %d", path, got, want)
			}
		}
	}
}

func isRead(method protoreflect.MethodDescriptor) bool {
	options, _ := method.Options().(*descriptorpb.MethodOptions)
	return options.GetIdempotencyLevel() == descriptorpb.MethodOptions_NO_SIDE_EFFECTS ||
		method.IsStreamingServer() && !strings.HasPrefix(string(method.Name()), "Import")
}

// firstOf is the error of the first pair.
func firstOf[T any](stream func(func(T, error) bool)) error {
	var first error
	stream(func(_ T, err error) bool {
		first = err
		return false
	})
	return first
}
