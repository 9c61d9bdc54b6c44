package vecstore

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"
)

const (
	// maxReadBytes is the largest answer that is read: 1,000 hits with vectors of 65,535 dimensions.
	maxReadBytes = 256 << 20
	dialTimeout  = 10 * time.Second
	// idleTimeout closes a connection before a middlebox forgets it in silence.
	idleTimeout = time.Minute
	// pingInterval and pingTimeout find a connection whose other side is gone without a word.
	pingInterval = 15 * time.Second
	pingTimeout  = 15 * time.Second
	// maxIdleConnections bounds what stays open after a burst of calls over HTTP/1.1.
	maxIdleConnections = 64
	// bufferBytes suits messages of some hundred vectors; net/http's own 4 KiB costs a system call each.
	bufferBytes = 64 << 10
)

// connections carry the calls of a client.
type connections struct {
	// unary also carries streams from the server.
	unary connect.HTTPClient
	// duplex speaks HTTP/2, which streams in both directions need.
	duplex connect.HTTPClient
	// own are closed with the client.
	own []*http.Transport
}

func newConnections(s *settings) *connections {
	if s.httpClient != nil {
		client := &callersClient{*s.httpClient}
		client.Transport = marking(s.wrap(transportOf(s.httpClient)).RoundTrip)
		return &connections{unary: client, duplex: client}
	}
	http2 := newTransport(s, http2Only())
	duplex := marking(s.wrap(http2).RoundTrip)
	if s.protocol == ProtocolGRPC {
		return &connections{unary: duplex, duplex: duplex, own: []*http.Transport{http2}}
	}
	http1 := newTransport(s, http1Only())
	return &connections{
		unary:  marking(s.wrap(http1).RoundTrip),
		duplex: duplex,
		own:    []*http.Transport{http1, http2},
	}
}

func transportOf(client *http.Client) http.RoundTripper {
	if client.Transport != nil {
		return client.Transport
	}
	return http.DefaultTransport
}

func (c *connections) close() {
	for _, transport := range c.own {
		transport.CloseIdleConnections()
	}
}

func newTransport(s *settings, protocols *http.Protocols) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout}
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		TLSClientConfig:     s.tls.Clone(),
		TLSHandshakeTimeout: dialTimeout,
		MaxIdleConnsPerHost: maxIdleConnections,
		IdleConnTimeout:     idleTimeout,
		// Vectors hardly compress: what is saved on the wire is paid many times over in CPU.
		DisableCompression: true,
		WriteBufferSize:    bufferBytes,
		ReadBufferSize:     bufferBytes,
		HTTP2:              &http.HTTP2Config{SendPingTimeout: pingInterval, PingTimeout: pingTimeout},
		Protocols:          protocols,
	}
}

func http1Only() *http.Protocols {
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	return protocols
}

func http2Only() *http.Protocols {
	protocols := &http.Protocols{}
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return protocols
}

// marking sends requests, and makes a connectionError of everything that the transport reports, so that it is told from
// answers. Where the client has transports of its own there is no http.Client: there is nothing to redirect, and an API key stays
// where it was sent.
type marking func(*http.Request) (*http.Response, error)

// Do implements connect.HTTPClient.
func (send marking) Do(request *http.Request) (*http.Response, error) {
	if err := ownBody(request); err != nil {
		return nil, err
	}
	return send.RoundTrip(request)
}

// RoundTrip implements http.RoundTripper.
func (send marking) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := send(request)
	if err != nil {
		return nil, &connectionError{err}
	}
	if facts, ok := request.Context().Value(factsKey{}).(*callFacts); ok {
		facts.retryAfter.Store(Ptr(response.Header.Get("Retry-After")))
	}
	response.Body = &markingBody{response.Body}
	return response, nil
}

// callersClient is an http.Client of the caller, whose transport marks.
type callersClient struct{ http.Client }

// Do implements connect.HTTPClient.
func (c *callersClient) Do(request *http.Request) (*http.Response, error) {
	if err := ownBody(request); err != nil {
		return nil, err
	}
	return c.Client.Do(request) //nolint:gosec // It goes to the address of the client.
}

// ownBody copies the body of a request that is one message. Connect takes its buffer back as soon as the head of an answer has
// come. A server that answers before it has read all, as one that refuses a key, would then get a body that is shorter than
// announced, and end the request for that in place of its answer.
func ownBody(request *http.Request) error {
	if request.ContentLength <= 0 {
		return nil
	}
	data := make([]byte, request.ContentLength)
	if _, err := io.ReadFull(request.Body, data); err != nil {
		return err
	}
	request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
	request.Body, _ = request.GetBody()
	return nil
}

// callFacts keep what the head of the last answer said, which Connect leaves out where the answer is not of its protocol.
type callFacts struct{ retryAfter atomic.Pointer[string] }

type factsKey struct{}

// withFacts has the answers of a call kept.
func withFacts(ctx context.Context) context.Context {
	return context.WithValue(ctx, factsKey{}, &callFacts{})
}

// retryAfterOf is the Retry-After of the last answer; empty when there was none.
func retryAfterOf(ctx context.Context) string {
	facts, ok := ctx.Value(factsKey{}).(*callFacts)
	if !ok {
		return ""
	}
	if header := facts.retryAfter.Load(); header != nil {
		return *header
	}
	return ""
}

type markingBody struct{ io.ReadCloser }

func (b *markingBody) Read(data []byte) (int, error) {
	n, err := b.ReadCloser.Read(data)
	if err != nil && err != io.EOF {
		err = &connectionError{err}
	}
	return n, err
}

// connectOptions are those of every service.
func connectOptions(s *settings) []connect.ClientOption {
	options := []connect.ClientOption{
		connect.WithReadMaxBytes(maxReadBytes),
		connect.WithAcceptCompression("gzip", nil, nil),
		connect.WithCodec(wireCodec{}),
	}
	switch s.protocol {
	case ProtocolGRPC:
		options = append(options, connect.WithGRPC())
	case ProtocolGRPCWeb:
		options = append(options, connect.WithGRPCWeb())
	case ProtocolConnect:
	}
	return options
}
