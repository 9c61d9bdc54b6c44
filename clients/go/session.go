package vecstore

import (
	"context"
	"iter"
	"maps"
	"net/http"

	"connectrpc.com/connect"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
	"github.com/vecstore/client-go/internal/gen/vecstore/v1/vecstorev1connect"
)

// session carries calls over the connections of a client, with their deadlines, retries and errors. All handles of a client
// share it.
type session struct {
	*settings

	connections *connections
	records     vecstorev1connect.VecStoreServiceClient
	imports     vecstorev1connect.VecStoreServiceClient
	query       *connect.Client[pb.QueryRequest, queryAnswer]
	queryStream *connect.Client[pb.QueryStreamRequest, queryAnswer]
	batchQuery  *connect.Client[pb.BatchQueryRequest, batchAnswer]
	namespaces  vecstorev1connect.NamespaceServiceClient
	keys        vecstorev1connect.ApiKeyServiceClient
	closing     context.Context //nolint:containedctx // It ends the calls that run, as Close says.
	end         context.CancelCauseFunc
}

// rules say what the nature of a call allows.
type rules uint8

const (
	// repeatable: it may be sent twice, because it is a read, or a write with an idempotency key.
	repeatable rules = 1 << iota
	// long: the server bounds it by idleness, so the client's default timeout does not apply.
	long
	// once: one attempt, whatever the policy says; who calls repeats it.
	once

	aRead      = repeatable
	aWrite     = rules(0)
	aLongRead  = repeatable | long
	aLongWrite = long
)

func (r rules) has(rule rules) bool { return r&rule != 0 }

func newSession(s *settings) *session {
	conns := newConnections(s)
	options := connectOptions(s)
	closing, end := context.WithCancelCause(context.Background())
	query := s.url + vecstorev1connect.VecStoreServiceQueryProcedure
	queryStream := s.url + vecstorev1connect.VecStoreServiceQueryStreamProcedure
	batchQuery := s.url + vecstorev1connect.VecStoreServiceBatchQueryProcedure
	return &session{
		settings:    s,
		connections: conns,
		records:     vecstorev1connect.NewVecStoreServiceClient(conns.unary, s.url, options...),
		imports:     vecstorev1connect.NewVecStoreServiceClient(conns.duplex, s.url, options...),
		query:       connect.NewClient[pb.QueryRequest, queryAnswer](conns.unary, query, options...),
		queryStream: connect.NewClient[pb.QueryStreamRequest, queryAnswer](conns.unary, queryStream, options...),
		batchQuery:  connect.NewClient[pb.BatchQueryRequest, batchAnswer](conns.unary, batchQuery, options...),
		namespaces:  vecstorev1connect.NewNamespaceServiceClient(conns.unary, s.url, options...),
		keys:        vecstorev1connect.NewApiKeyServiceClient(conns.unary, s.url, options...),
		closing:     closing,
		end:         end,
	}
}

// close ends the calls that run, refuses new ones and closes idle sockets; the others close with their calls.
func (s *session) close() {
	s.end(clientClosed())
	s.connections.close()
}

// open begins a call that the caller's context and Close both end, and bounds it where the caller did not.
func (s *session) open(ctx context.Context, rules rules) (context.Context, context.CancelFunc, *Error) {
	if s.err != nil {
		return nil, nil, toError(ctx, s.err, s.url)
	}
	if s.closing.Err() != nil {
		return nil, nil, clientClosed()
	}
	ctx, cancel := context.WithCancelCause(withFacts(ctx))
	unlink := context.AfterFunc(s.closing, func() { cancel(context.Cause(s.closing)) })
	unbound := func() {}
	if _, bounded := ctx.Deadline(); !bounded && !rules.has(long) && s.timeout > 0 {
		ctx, unbound = context.WithTimeout(ctx, s.timeout)
	}
	return ctx, func() {
		unlink()
		unbound()
		cancel(nil)
	}, nil
}

// attempts makes the attempts that the rules and the policy allow.
func (s *session) attempts(ctx context.Context, rules rules, attempt func() error) *Error {
	policy := s.retry
	if rules.has(once) {
		policy.attempts = 1
	}
	return policy.retry(ctx, rules.has(repeatable), func() *Error {
		if err := attempt(); err != nil {
			return toError(ctx, err, s.url)
		}
		return nil
	})
}

// addHeaders puts the client's headers and the trace of the call on a request.
func (s *session) addHeaders(ctx context.Context, header http.Header) {
	maps.Copy(header, s.header)
	s.inject(ctx, header)
}

// unary calls a method of one request and one answer.
func unary[Req, Res any](
	ctx context.Context, s *session, rules rules,
	send func(context.Context, *connect.Request[Req]) (*connect.Response[Res], error), message *Req,
) (*Res, error) {
	ctx, release, failed := s.open(ctx, rules)
	if failed != nil {
		return nil, failed
	}
	defer release()
	var answer *Res
	failed = s.attempts(ctx, rules, func() error {
		request := connect.NewRequest(message)
		s.addHeaders(ctx, request.Header())
		response, err := send(ctx, request)
		if err == nil {
			answer = response.Msg
		}
		return err
	})
	if failed != nil {
		return nil, failed
	}
	return answer, nil
}

// stream calls a method whose answers stream. It is repeated only until the first message has come. Leaving the loop
// cancels it.
func stream[Req, Res any](
	ctx context.Context, s *session, rules rules,
	send func(context.Context, *connect.Request[Req]) (*connect.ServerStreamForClient[Res], error), message *Req,
) iter.Seq2[*Res, error] {
	return func(yield func(*Res, error) bool) {
		ctx, release, failed := s.open(ctx, rules)
		if failed != nil {
			yield(nil, failed)
			return
		}
		defer release()
		var answers *connect.ServerStreamForClient[Res]
		more := false
		failed = s.attempts(ctx, rules, func() error {
			request := connect.NewRequest(message)
			s.addHeaders(ctx, request.Header())
			var err error
			if answers, err = send(ctx, request); err != nil {
				return err
			}
			if more = answers.Receive(); more {
				return nil
			}
			if err = answers.Err(); err != nil {
				_ = answers.Close()
			}
			return err
		})
		if failed != nil {
			yield(nil, failed)
			return
		}
		// The call is canceled first, or Close would read an endless rest.
		defer func() {
			release()
			_ = answers.Close()
		}()
		for ; more; more = answers.Receive() {
			if !yield(answers.Msg(), nil) {
				return
			}
		}
		if err := answers.Err(); err != nil {
			yield(nil, toError(ctx, err, s.url))
		}
	}
}
