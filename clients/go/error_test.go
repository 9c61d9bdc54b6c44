package vecstore

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
	"github.com/vecstore/client-go/internal/gen/vecstore/v1/vecstorev1connect"
)

func TestEveryReasonOfTheSchemaHasAName(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("reason.go")
	if err != nil {
		t.Fatal(err)
	}
	for name := range pb.ErrorReason_value {
		reason := strings.TrimPrefix(name, "ERROR_REASON_")
		if !strings.Contains(string(source), ` Reason = "`+reason+`"`) {
			t.Errorf("reason.go has no %s", reason)
		}
	}
}

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"0": 0, "1": time.Second, " 2.5 ": 2500 * time.Millisecond, "-3": 0,
		"Thu, 01 Jan 2026 00:00:10 GMT": 10 * time.Second,
		"Wed, 31 Dec 2025 00:00:00 GMT": 0,
	} {
		if got := parseRetryAfter(header, now); got == nil || *got != want {
			t.Errorf("%q: got %v, not %v", header, got, want)
		}
	}
	for _, header := range []string{"", "  ", "soon"} {
		if got := parseRetryAfter(header, now); got != nil {
			t.Errorf("%q: got %v", header, *got)
		}
	}
}

func TestAnswersOfOthersAreUnspecified(t *testing.T) {
	t.Parallel()
	for status, code := range map[int]Code{
		http.StatusBadGateway: CodeUnavailable, http.StatusNotFound: CodeUnimplemented, http.StatusOK: CodeUnknown,
		http.StatusTemporaryRedirect: CodeUnknown, http.StatusTooManyRequests: CodeUnavailable,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			http.Error(w, "<html>", status)
		}))
		client := NewClient(server.URL, WithAttempts(1))
		_, err := client.Count(t.Context())
		var failed *Error
		want := ReasonUnspecified
		if code == CodeUnimplemented {
			want = ReasonNotImplemented
		}
		if !errors.As(err, &failed) || failed.Reason != want || failed.Code != code {
			t.Errorf("%d: got %+v", status, failed)
		}
		_ = client.Close()
		server.Close()
	}
}

func TestALostConnectionIsNoAnswer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		// The head of an answer, and half of its body.
		w.Header().Set("Content-Type", "application/proto")
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write(make([]byte, 50))
	}))
	defer server.Close()
	client := NewClient(server.URL, WithAttempts(1))
	defer client.Close()
	if _, err := client.Count(t.Context()); !errors.Is(err, ReasonConnectionLost) || !errors.Is(err, CodeUnavailable) {
		t.Errorf("got %v", err)
	}
}

// authority makes certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "an authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

// issue makes a certificate for loopback, and its key, in PEM.
func (a *authority) issue(t *testing.T) (cert, key []byte) {
	t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:   time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &own.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
}

func TestTLSWithOwnAuthorityAndClientCertificate(t *testing.T) {
	t.Parallel()
	trusted, other := newAuthority(t), newAuthority(t)
	cert, key := trusted.issue(t)
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(trusted.cert)
	fake := &fakeServer{count: func(context.Context) (*pb.CountResponse, error) { return &pb.CountResponse{Count: 7}, nil }}
	mux := http.NewServeMux()
	mux.Handle(vecstorev1connect.NewVecStoreServiceHandler(fake))
	server := httptest.NewUnstartedServer(mux)
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // Bad certificates are wanted.
	server.StartTLS()
	t.Cleanup(server.Close)

	own, others := certificateOf(trusted.issue(t)), certificateOf(other.issue(t))
	with := func(options ...Option) []Option { return options }
	for name, tc := range map[string]struct {
		address string
		options []Option
		want    error
	}{
		"all is right":          {server.URL, with(WithRootCA(trusted.pem), own), nil},
		"another authority":     {server.URL, with(WithRootCA(other.pem), own), ReasonTLSFailed},
		"two authorities":       {server.URL, with(WithRootCA(other.pem), WithRootCA(trusted.pem), own), nil},
		"those of the system":   {server.URL, with(own), ReasonTLSFailed},
		"no certificate":        {server.URL, with(WithRootCA(trusted.pem)), ReasonTLSFailed},
		"another's certificate": {server.URL, with(WithRootCA(trusted.pem), others), ReasonTLSFailed},
		"clear text":            {strings.Replace(server.URL, "https:", "http:", 1), nil, ReasonUnspecified},
		"a configuration": {server.URL, with(WithTLS(&tls.Config{
			RootCAs: pool, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12,
		})), nil},
	} {
		for _, protocol := range []Protocol{ProtocolConnect, ProtocolGRPC} {
			t.Run(name+", "+string(protocol), func(t *testing.T) {
				t.Parallel()
				client := NewClient(tc.address, append(tc.options, WithProtocol(protocol), WithAttempts(1))...)
				defer client.Close()
				if name == "clear text" && protocol == ProtocolGRPC {
					if _, err := client.Count(t.Context()); err == nil {
						t.Error("it spoke HTTP/2 with a server that speaks TLS")
					}
					return
				}
				count, err := countUntil(t, client, tc.want)
				if !errors.Is(err, tc.want) {
					t.Errorf("got %v", err)
				}
				if tc.want == nil && count != 7 {
					t.Errorf("got %d", count)
				}
			})
		}
	}
}

// countUntil calls until the answer is the one wanted. A server that refuses a certificate closes the connection too, and what
// the client notices first is chance: it never is an answer.
func countUntil(t *testing.T, client *Client, want error) (count uint64, err error) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; {
		count, err = client.Count(t.Context())
		if !errors.Is(err, ReasonConnectionLost) || errors.Is(err, want) || time.Now().After(deadline) {
			return count, err
		}
	}
}

func certificateOf(cert, key []byte) Option { return WithClientCertificate(cert, key) }

func TestTLSWithAServerThatSpeaksNone(t *testing.T) {
	t.Parallel()
	fake := startFake(t)
	client := NewClient(strings.Replace(fake.url, "http:", "https:", 1), WithAttempts(3))
	defer client.Close()
	if _, err := client.Count(t.Context()); !errors.Is(err, ReasonTLSFailed) {
		t.Errorf("got %v", err)
	}
}
