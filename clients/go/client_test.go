package vecstore

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

func TestQueryTravelsAndComesBack(t *testing.T) {
	t.Parallel()
	for _, protocol := range []Protocol{ProtocolConnect, ProtocolGRPC, ProtocolGRPCWeb} {
		t.Run(string(protocol), func(t *testing.T) {
			t.Parallel()
			fake := startFake(t)
			fake.query = func(_ context.Context, request *pb.QueryRequest) (*pb.QueryResponse, error) {
				if got := request.GetVectorF32(); !slices.Equal(got, []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0}) {
					t.Errorf("the vector travelled as %v", got)
				}
				return &pb.QueryResponse{
					Results: []*pb.QueryResult{{Id: "a", Score: 0.5, Vector: []float32{1, -2}}},
					Stats:   &pb.QueryStats{Strategy: pb.QueryStrategy_QUERY_STRATEGY_FLAT_SCAN, DurationMs: 1.5},
				}, nil
			}
			client := fake.client(t, WithProtocol(protocol), WithAPIKey("secret"), WithHeader("X-Mine", "1"))
			var stats QueryStats
			results, err := client.Query(t.Context(), []float32{1, -2}, 3, WithStats(&stats), IncludeVector(true))
			if err != nil {
				t.Fatal(err)
			}
			if len(results) != 1 || results[0].ID != "a" || !slices.Equal(results[0].Vector, []float32{1, -2}) {
				t.Errorf("got %+v", results)
			}
			if stats.Strategy != "flat_scan" || stats.Duration != 1500*time.Microsecond {
				t.Errorf("got the stats %+v", stats)
			}
			header := fake.lastHeader()
			if header.Get("X-Api-Key") != "secret" || header.Get("X-Mine") != "1" ||
				header.Get("User-Agent") != "vecstore-client-go/"+Version {
				t.Errorf("sent the headers %v", header)
			}
			if accepted := header.Get("Accept-Encoding") + header.Get("Grpc-Accept-Encoding"); strings.Contains(accepted, "gzip") {
				t.Errorf("asked for compression: %v", accepted)
			}
		})
	}
}

func TestErrorsOfAServerKeepTheirFacts(t *testing.T) {
	t.Parallel()
	for _, protocol := range []Protocol{ProtocolConnect, ProtocolGRPC, ProtocolGRPCWeb} {
		t.Run(string(protocol), func(t *testing.T) {
			t.Parallel()
			fake := startFake(t)
			fake.count = func(context.Context) (*pb.CountResponse, error) {
				return nil, refusal(connect.CodeResourceExhausted, ReasonQuotaExceeded, "2", "quota", "max_vectors")
			}
			_, err := fake.client(t, WithProtocol(protocol), WithAttempts(1)).Count(t.Context())
			var failed *Error
			if !errors.As(err, &failed) {
				t.Fatalf("got %v", err)
			}
			if failed.Code != CodeResourceExhausted || failed.Reason != ReasonQuotaExceeded || failed.Message != "refused" ||
				failed.Details["quota"] != "max_vectors" || failed.RetryAfter == nil || *failed.RetryAfter != 2*time.Second {
				t.Errorf("got %+v", failed)
			}
			if !errors.Is(err, ReasonQuotaExceeded) || !errors.Is(err, CodeResourceExhausted) || errors.Is(err, CodeInternal) {
				t.Error("errors.Is does not find reason and code")
			}
		})
	}
}

func TestBadAddressesAndOptionsAreTheFirstCallsError(t *testing.T) {
	t.Parallel()
	for name, client := range map[string]*Client{
		"another scheme":         NewClient("ftp://localhost"),
		"a query":                NewClient("localhost:8080?a=1"),
		"a user":                 NewClient("http://me@localhost"),
		"no host":                NewClient("http://"),
		"nonsense":               NewClient("http://[::1"),
		"TLS in clear text":      NewClient("localhost:8080", WithTLS(nil), WithRootCA(nil)),
		"a protocol":             NewClient("localhost:8080", WithProtocol("smtp")),
		"attempts":               NewClient("localhost:8080", WithAttempts(0)),
		"a backoff":              NewClient("localhost:8080", WithBackoff(-1, 1)),
		"a timeout":              NewClient("localhost:8080", WithTimeout(0)),
		"a line break in a key":  NewClient("localhost:8080", WithAPIKey("secret\n")),
		"a certificate":          NewClient("https://localhost:8080", WithRootCA([]byte("none"))),
		"a client's certificate": NewClient("https://localhost:8080", WithClientCertificate(nil, nil)),
		"two ways to TLS":        NewClient("https://localhost", WithClientCertificate(nil, nil), WithHTTPClient(http.DefaultClient)),
	} {
		_, err := client.Query(t.Context(), []float32{1}, 1)
		if !errors.Is(err, ReasonInvalidArgument) || !errors.Is(err, CodeInvalidArgument) {
			t.Errorf("%s: got %v", name, err)
		}
		_ = client.Close()
	}
}

func TestAnAddressThatNobodyListensAtIsUnreachable(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	client := NewClient(address, WithBackoff(time.Microsecond, time.Microsecond))
	defer client.Close()
	_, err = client.Query(t.Context(), []float32{1}, 1)
	if !errors.Is(err, ReasonUnreachable) || !errors.Is(err, CodeUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestTheCallerEndsACall(t *testing.T) {
	t.Parallel()
	fake := startFake(t)
	fake.count = func(ctx context.Context) (*pb.CountResponse, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	client := fake.client(t)
	t.Run("by its context", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		before := fake.requests()
		go func() {
			waitFor(t, func() bool { return fake.requests() > before })
			cancel()
		}()
		_, err := client.Count(ctx)
		if !errors.Is(err, ReasonCanceled) || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("by a deadline", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err := client.Count(ctx)
		if !errors.Is(err, ReasonDeadlineExceeded) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("by the client's timeout", func(t *testing.T) {
		t.Parallel()
		_, err := fake.client(t, WithTimeout(20*time.Millisecond)).Count(t.Context())
		if !errors.Is(err, ReasonDeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("by Close", func(t *testing.T) {
		t.Parallel()
		closed := fake.client(t)
		before := fake.requests()
		go func() {
			waitFor(t, func() bool { return fake.requests() > before })
			_ = closed.Close()
		}()
		if _, err := closed.Count(t.Context()); !errors.Is(err, ReasonClientClosed) || errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if _, err := closed.Count(t.Context()); !errors.Is(err, ReasonClientClosed) {
			t.Errorf("after Close got %v", err)
		}
	})
}
