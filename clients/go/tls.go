package vecstore

import (
	"crypto/tls"
	"crypto/x509"
)

// WithRootCA trusts the authorities of certificates in PEM, in place of those of the system. It may repeat.
func WithRootCA(pem []byte) Option {
	return func(s *settings) {
		config := s.ownTLS()
		if config.RootCAs == nil {
			config.RootCAs = x509.NewCertPool()
		}
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			s.refusef("WithRootCA got %d bytes that hold no certificate in PEM", len(pem))
		}
	}
}

// WithClientCertificate shows a certificate to servers that ask for one; both are in PEM.
func WithClientCertificate(cert, key []byte) Option {
	return func(s *settings) {
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			s.refusef("WithClientCertificate got no certificate with its key in PEM: %v", err)
			return
		}
		config := s.ownTLS()
		config.Certificates = append(config.Certificates, pair)
	}
}

// ownTLS returns the configuration that options change.
func (s *settings) ownTLS() *tls.Config {
	if s.tls == nil {
		s.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return s.tls
}
