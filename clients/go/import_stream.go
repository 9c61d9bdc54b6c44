package vecstore

import (
	"context"
	"errors"
	"io"

	"connectrpc.com/connect"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// importStream is one stream of an import. A goroutine reads its answers, so that sending never waits for reading.
type importStream struct {
	session *session
	stream  *connect.BidiStreamForClient[pb.ImportRequest, pb.ImportResponse]
	cancel  context.CancelFunc
	// answers has room for all that can be on their way: the beginning, the window and the end.
	answers chan importAnswer
	// failed is why a message could not be sent; nil where the answers say it.
	failed error
}

type importAnswer struct {
	message *pb.ImportResponse
	err     error
}

func openImport(ctx context.Context, session *session) *importStream {
	ctx, cancel := context.WithCancel(ctx)
	s := &importStream{
		session: session, stream: session.imports.Import(ctx), cancel: cancel,
		answers: make(chan importAnswer, importWindow+2), //nolint:mnd // See the field.
	}
	session.addHeaders(ctx, s.stream.RequestHeader())
	go s.read()
	return s
}

// read reads the answers to their end.
func (s *importStream) read() {
	for {
		message, err := s.stream.Receive()
		s.answers <- importAnswer{message, err}
		if err != nil {
			return
		}
	}
}

// send sends a message. False: the stream has ended, and receive says why.
func (s *importStream) send(message *pb.ImportRequest) bool {
	err := s.stream.Send(message)
	if err != nil && !errors.Is(err, io.EOF) && s.failed == nil {
		s.failed = err
		s.cancel()
	}
	return err == nil
}

// hasArrived reports whether receive does not wait.
func (s *importStream) hasArrived() bool { return len(s.answers) > 0 }

// receive waits for an answer. The server ends the stream only after the client, so an end is a connection that broke off.
func (s *importStream) receive(ctx context.Context) (*pb.ImportResponse, *Error) {
	select {
	case answer := <-s.answers:
		if answer.err == nil {
			return answer.message, nil
		}
		switch {
		case s.failed != nil:
			answer.err = s.failed
		case errors.Is(answer.err, io.EOF):
			answer.err = &connectionError{io.ErrUnexpectedEOF}
		}
		return nil, toError(ctx, answer.err, s.session.url)
	case <-ctx.Done():
		return nil, ended(ctx)
	}
}

// finish ends the stream after its last answer, and waits for the server to do the same. It reports nothing: all is written.
func (s *importStream) finish(ctx context.Context) {
	if s.stream.CloseRequest() != nil {
		return
	}
	select {
	case <-s.answers:
	case <-ctx.Done():
	}
}

// close ends the stream in any case; of what is on its way it is not known whether it is written.
func (s *importStream) close() {
	if s == nil {
		return
	}
	s.cancel()
	// Over HTTP/2 the context does not end a request whose body is still being sent; closing both of its ends does.
	_ = s.stream.CloseResponse()
	_ = s.stream.CloseRequest()
}
