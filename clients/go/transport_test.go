package vecstore

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// TestABodyIsWholeAlsoWhenTheAnswerBeginsBefore: Connect takes its buffer back with the head of an answer.
func TestABodyIsWholeAlsoWhenTheAnswerBeginsBefore(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/proto")
		w.WriteHeader(http.StatusOK)
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || int64(len(body)) != r.ContentLength {
			t.Errorf("%d of %d bytes came: %v", len(body), r.ContentLength, err)
		}
		answer, err := proto.Marshal(&pb.UpsertResponse{Upserted: 1})
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(answer)
	}))
	server.Config.Protocols = http2Only()
	server.Start()
	defer server.Close()
	http2 := &http.Client{Transport: &http.Transport{Protocols: http2Only()}}
	client := NewClient(server.URL, WithAttempts(1), WithHTTPClient(http2))
	defer client.Close()
	// More than what may be on its way before the server has read any.
	written, err := client.Upsert(t.Context(), []Record{{ID: "a", Text: strings.Repeat("x", 16<<20)}})
	if err != nil || written.Upserted != 1 {
		t.Errorf("got %+v, %v", written, err)
	}
}

func TestTransportsOfTheCallerAreUsed(t *testing.T) {
	t.Parallel()
	fake := startFake(t)
	var seen []string
	wrap := func(base http.RoundTripper) http.RoundTripper {
		return roundTripper(func(request *http.Request) (*http.Response, error) {
			seen = append(seen, request.URL.Path)
			return base.RoundTrip(request)
		})
	}
	refused := errors.New("not today")
	for name, options := range map[string][]Option{
		"wrapped":    {WithTransport(wrap)},
		"of its own": {WithHTTPClient(&http.Client{Transport: wrap(http.DefaultTransport)})},
		"both":       {WithTransport(wrap), WithHTTPClient(&http.Client{})},
	} {
		seen = nil
		_, err := fake.client(t, append(options, WithAttempts(1))...).Stats(t.Context())
		if !errors.Is(err, CodeUnimplemented) || len(seen) != 1 || seen[0] != "/vecstore.v1.VecStoreService/GetStats" {
			t.Errorf("%s: got %v, saw %v", name, err, seen)
		}
	}
	failing := roundTripper(func(*http.Request) (*http.Response, error) { return nil, refused })
	client := NewClient("localhost", WithAttempts(1), WithHTTPClient(&http.Client{Transport: failing}))
	defer client.Close()
	if _, err := client.Count(t.Context()); !errors.Is(err, refused) || !errors.Is(err, ReasonConnectionLost) {
		t.Errorf("got %v", err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (r roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }
