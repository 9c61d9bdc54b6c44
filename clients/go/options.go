package vecstore

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"
)

const (
	defaultAddress = "localhost:8080"
	defaultTimeout = 30 * time.Second
)

// Protocol is how requests travel.
type Protocol string

// The protocols; a server speaks all of them on every port.
const (
	// ProtocolConnect is the default.
	ProtocolConnect Protocol = "connect"
	ProtocolGRPC    Protocol = "grpc"
	ProtocolGRPCWeb Protocol = "grpc-web"
)

// Option changes a client. A bad one is the error of the client's first call.
type Option func(*settings)

// settings are what the options of a client and the environment come to.
type settings struct {
	url        string
	namespace  string
	timeout    time.Duration
	retry      retryPolicy
	protocol   Protocol
	header     http.Header
	tls        *tls.Config
	httpClient *http.Client
	wrap       func(http.RoundTripper) http.RoundTripper
	inject     func(context.Context, http.Header)
	err        error
}

// WithAPIKey sends key as X-API-Key. Default: the environment variable VECSTORE_API_KEY, else none.
func WithAPIKey(key string) Option {
	return WithHeader("X-Api-Key", key)
}

// WithNamespace chooses the namespace of the client's own methods. Default: the one that the key is bound to, else
// "default".
func WithNamespace(name string) Option {
	return func(s *settings) { s.namespace = name }
}

// WithTimeout bounds each call, retries included, whose context has no deadline; above 0. Streams, imports, Compact,
// MeasureRecall and the calls of snapshots have none. Default 30 s.
func WithTimeout(timeout time.Duration) Option {
	return func(s *settings) {
		s.timeout = timeout
		if timeout <= 0 {
			s.refusef("the timeout is %v; it must be above 0, and WithoutTimeout is none", timeout)
		}
	}
}

// WithoutTimeout bounds calls by their contexts only. The server allows unary calls up to 60 s.
func WithoutTimeout() Option {
	return func(s *settings) { s.timeout = 0 }
}

// WithAttempts sets how often a call is made in all, where it may be repeated; 1 turns retries off. Default 3.
func WithAttempts(attempts int) Option {
	return func(s *settings) {
		s.retry.attempts = attempts
		if attempts < 1 {
			s.refusef("the number of attempts is %d; it must be 1 or more", attempts)
		}
	}
}

// WithBackoff sets the waits between attempts: random up to first, and up to twice as much after each further attempt, but never
// above most, save when the server asks for more by Retry-After. Default 100 ms and 5 s.
func WithBackoff(first, most time.Duration) Option {
	return func(s *settings) {
		s.retry.backoff, s.retry.maxBackoff = first, most
		if first < 0 || most < 0 {
			s.refusef("the waits are %v and %v; they must be 0 or more", first, most)
		}
	}
}

// WithProtocol chooses how requests travel. Default ProtocolConnect.
func WithProtocol(protocol Protocol) Option {
	return func(s *settings) {
		s.protocol = protocol
		switch protocol {
		case ProtocolConnect, ProtocolGRPC, ProtocolGRPCWeb:
		default:
			s.refusef("the protocol is %q; use connect, grpc or grpc-web", string(protocol))
		}
	}
}

// WithHeader sends a header with every request.
func WithHeader(name, value string) Option {
	return func(s *settings) {
		s.header.Set(name, value)
		if strings.ContainsAny(value, "\r\n\x00") {
			s.refusef("the value of the header %s holds a line break; cut it off", name)
		}
	}
}

// WithUserAgent says who calls. Default "vecstore-client-go/" and the version.
func WithUserAgent(userAgent string) Option {
	return WithHeader("User-Agent", userAgent)
}

// WithTLS sets how TLS is spoken, with an https:// address. The configuration is copied. Default: TLS 1.2 or later with the
// authorities of the system. For the usual case there are WithRootCA and WithClientCertificate.
func WithTLS(config *tls.Config) Option {
	return func(s *settings) { s.tls = config.Clone() }
}

// WithHTTPClient uses a client of the caller's, which Close leaves alone. For imports and ProtocolGRPC it must speak HTTP/2.
// Not together with options of TLS.
func WithHTTPClient(client *http.Client) Option {
	return func(s *settings) { s.httpClient = client }
}

// WithTransport wraps what carries the requests, for tracing or logging, such as otelhttp.NewTransport. It is called once.
func WithTransport(wrap func(http.RoundTripper) http.RoundTripper) Option {
	return func(s *settings) { s.wrap = wrap }
}

// WithTraceContext adds to the headers of each request what tells the server which span it belongs to. inject is called
// with the context of the call, once for each attempt:
//
//	vecstore.WithTraceContext(func(ctx context.Context, header http.Header) {
//		otel.GetTextMapPropagator().Inject(ctx, propagation.HeaderCarrier(header))
//	})
func WithTraceContext(inject func(context.Context, http.Header)) Option {
	return func(s *settings) { s.inject = inject }
}

// newSettings puts address, options, environment and defaults together. Its error is kept for the first call.
func newSettings(address string, options []Option) *settings {
	s := &settings{
		timeout:  defaultTimeout,
		retry:    retryPolicy{defaultAttempts, defaultBackoff, defaultMaxBackoff},
		protocol: ProtocolConnect,
		header:   http.Header{},
		wrap:     func(base http.RoundTripper) http.RoundTripper { return base },
		inject:   func(context.Context, http.Header) {},
	}
	s.header.Set("User-Agent", defaultUserAgent)
	if key := os.Getenv("VECSTORE_API_KEY"); key != "" {
		s.header.Set("X-Api-Key", key)
	}
	if address == "" {
		address = os.Getenv("VECSTORE_URL")
	}
	if address == "" {
		address = defaultAddress
	}
	s.setAddress(address)
	for _, option := range options {
		option(s)
	}
	s.checkTLS()
	return s
}

var hasScheme = regexp.MustCompile(`(?i)^[a-z][a-z0-9+.-]*://`)

// setAddress reads an address: host:port and http:// mean clear text, https:// TLS. A path is kept, for servers behind one.
func (s *settings) setAddress(address string) {
	text := address
	if !hasScheme.MatchString(text) {
		text = "http://" + text
	}
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Hostname() == "" ||
		parsed.User != nil || parsed.RawQuery != "" || parsed.Fragment != "" {
		s.refusef("the address is %q; use host:port, http://host:port or https://host", address)
		return
	}
	s.url = strings.TrimRight(parsed.Scheme+"://"+parsed.Host+parsed.EscapedPath(), "/")
}

func (s *settings) checkTLS() {
	if s.tls == nil {
		return
	}
	if s.httpClient != nil {
		s.refusef("TLS does not go together with WithHTTPClient; set up TLS in that client")
	}
	if s.url != "" && !strings.HasPrefix(s.url, "https:") {
		s.refusef("TLS needs an https:// address; the address is %s", s.url)
	}
}

// refusef keeps an error of an option.
func (s *settings) refusef(format string, args ...any) {
	s.fail(refuse(ReasonInvalidArgument, format, args...))
}

// fail keeps the first error.
func (s *settings) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}
