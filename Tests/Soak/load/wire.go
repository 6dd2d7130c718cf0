package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"time"
)

const dialTimeout = 10 * time.Second

// place is where a server listens, and what its callers have to know.
type place struct {
	ttrpc, http string
	// What TLS trusts; nil for plain text.
	roots  *x509.CertPool
	apiKey string
}

// connection is one to a server, in one of the wires. It is used by one caller, for one thing at a time.
type connection interface {
	call(ctx context.Context, method string, request message) ([]byte, error)
	// stream hands on what comes, until `each` has enough or ctx is over; then the server is told so.
	stream(ctx context.Context, method string, request message, each func([]byte) bool) error
	// close says good-bye where the wire has a word for it; drop does not.
	close()
	drop()
}

// wire is a way to call.
type wire struct {
	name   string
	isJSON bool
	dial   func(place) (connection, error)
}

var wires = []wire{
	{"ttrpc", false, dialTTRPC},
	{"grpc", false, dialGRPC},
	{"grpc-web http/1.1", false, overHTTP(webDialect, 1)},
	{"grpc-web h2", false, overHTTP(webDialect, 2)},
	{"connect json http/1.1", true, overHTTP(connectDialect{isJSON: true}, 1)},
	{"connect json h2", true, overHTTP(connectDialect{isJSON: true}, 2)},
	{"connect binary http/1.1", false, overHTTP(connectDialect{}, 1)},
	{"connect binary h2", false, overHTTP(connectDialect{}, 2)},
}

// refusal is what a server says that does not do what it was asked for, by its code's number.
type refusal struct {
	code    int
	message string
}

const (
	codeCancelled = 1
	codeNotFound  = 5
)

func (r refusal) Error() string { return fmt.Sprintf("code %d: %s", r.code, r.message) }

func (p place) tls(protocols ...string) *tls.Config {
	return &tls.Config{RootCAs: p.roots, NextProtos: protocols, MinVersion: tls.VersionTLS13}
}

// connect opens a connection, with TLS where the place has it.
func (p place) connect(address string, protocols ...string) (net.Conn, error) {
	plain, err := net.DialTimeout("tcp", address, dialTimeout)
	if err != nil || p.roots == nil {
		return plain, err
	}
	config := p.tls(protocols...)
	config.ServerName = "127.0.0.1"
	secured := tls.Client(plain, config)
	if err := secured.SetDeadline(time.Now().Add(dialTimeout)); err != nil {
		return nil, err
	}
	if err := secured.Handshake(); err != nil {
		plain.Close()
		return nil, err
	}
	if agreed := secured.ConnectionState().NegotiatedProtocol; len(protocols) > 0 && agreed != protocols[0] {
		plain.Close()
		return nil, fmt.Errorf("ALPN: %q was asked for, %q agreed on", protocols[0], agreed)
	}
	return secured, secured.SetDeadline(time.Time{})
}

func readRoots(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s has no certificate", path)
	}
	return roots, nil
}
