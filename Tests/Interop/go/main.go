// Calls a ttrpc server through containerd's own Go client, version 1.1.1 as Debian packages it, and says
// whether the server did as it should. Knows no service: what to call and what to expect come by flags.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run . -address unix:///run/x.sock \
//	  -call grpc.health.v1.Health/Check -expect-payload-hex 0801
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"flag"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/containerd/ttrpc"
	"github.com/gogo/protobuf/proto"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// raw is a message that is its bytes: the caller encodes and decodes.
type raw struct{ data []byte }

func (r *raw) Reset()                   { r.data = nil }
func (r *raw) String() string           { return hex.EncodeToString(r.data) }
func (*raw) ProtoMessage()              {}
func (r *raw) Marshal() ([]byte, error) { return r.data, nil }
func (r *raw) Unmarshal(b []byte) error { r.data = append([]byte(nil), b...); return nil }

var _ proto.Message = (*raw)(nil)

// expectation is what a call should come to.
type expectation struct {
	code, reason, message, domain string
	payload                       *string
}

func main() {
	address := flag.String("address", "", "tcp://host:port, tls://host:port or unix:///path")
	ca := flag.String("ca", "", "PEM file of the certificates trusted, for tls://")
	call := flag.String("call", "", "package.Service/Method")
	payloadHex := flag.String("payload-hex", "", "the encoded request")
	metadata := flag.String("metadata", "", "key=value, separated by commas")
	timeout := flag.Duration("timeout", 0, "the call's deadline; 0: none")
	serverTimeout := flag.Duration("server-timeout", 0, "a deadline that only the server is told; below 0: over")
	oversize := flag.Int("oversize", 0, "send a payload of this many bytes instead")
	repeat := flag.Int("repeat", 1, "how many times, one after the other on one connection")
	parallel := flag.Int("parallel", 1, "how many at once on that connection")
	expectClosed := flag.Bool("expect-closed", false, "the server closes the connection afterwards")
	var expect expectation
	flag.StringVar(&expect.code, "expect-code", "OK", "the code, for example NotFound")
	flag.StringVar(&expect.reason, "expect-reason", "", "the ErrorInfo's reason")
	flag.StringVar(&expect.domain, "expect-domain", "", "the ErrorInfo's domain")
	flag.StringVar(&expect.message, "expect-message", "", "a part of the failure's message")
	flag.Func("expect-payload-hex", "the encoded response", func(text string) error {
		expect.payload = &text
		return nil
	})
	flag.Parse()

	payload, err := hex.DecodeString(*payloadHex)
	check(err)
	if *oversize > 0 {
		payload = bytes.Repeat([]byte{0}, *oversize)
	}
	service, method, found := strings.Cut(*call, "/")
	if !found {
		check(fmt.Errorf("-call %q: want package.Service/Method", *call))
	}
	conn, err := dial(*address, *ca)
	check(err)
	closed := make(chan struct{})
	options := []ttrpc.ClientOpts{ttrpc.WithOnClose(func() { close(closed) })}
	if *serverTimeout != 0 {
		options = append(options, ttrpc.WithUnaryClientInterceptor(telling(*serverTimeout)))
	}
	client := ttrpc.NewClient(conn, options...)
	defer client.Close()

	results := make(chan error)
	for i := 0; i < *parallel; i++ {
		go func() {
			var err error
			for j := 0; j < *repeat && err == nil; j++ {
				err = once(client, service, method, payload, *metadata, *timeout, expect)
			}
			results <- err
		}()
	}
	for i := 0; i < *parallel; i++ {
		check(<-results)
	}
	if *expectClosed {
		select {
		case <-closed:
		case <-time.After(10 * time.Second):
			check(fmt.Errorf("the server keeps the connection open"))
		}
	}
	fmt.Println("ok")
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "interop:", err)
		os.Exit(1)
	}
}

// telling sends a deadline that the client itself does not keep: whoever ends the call is the server.
func telling(timeout time.Duration) ttrpc.UnaryClientInterceptor {
	return func(
		ctx context.Context, request *ttrpc.Request, response *ttrpc.Response,
		_ *ttrpc.UnaryClientInfo, invoke ttrpc.Invoker,
	) error {
		request.TimeoutNano = timeout.Nanoseconds()
		return invoke(ctx, request, response)
	}
}

func dial(address, ca string) (net.Conn, error) {
	network, rest, found := strings.Cut(address, "://")
	if !found {
		return nil, fmt.Errorf("-address %q: want tcp://, tls:// or unix://", address)
	}
	switch network {
	case "tcp", "unix":
		return net.DialTimeout(network, rest, 10*time.Second)
	case "tls":
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, err
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("-ca %q holds no certificate", ca)
		}
		return tls.Dial("tcp", rest, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13})
	default:
		return nil, fmt.Errorf("-address %q: want tcp://, tls:// or unix://", address)
	}
}

func once(
	client *ttrpc.Client, service, method string, payload []byte, metadata string,
	timeout time.Duration, expect expectation,
) error {
	ctx := context.Background()
	if timeout != 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	if metadata != "" {
		md := ttrpc.MD{}
		for _, pair := range strings.Split(metadata, ",") {
			key, value, _ := strings.Cut(pair, "=")
			md.Append(key, value)
		}
		ctx = ttrpc.WithMetadata(ctx, md)
	}
	var response raw
	err := client.Call(ctx, service, method, &raw{payload}, &response)
	if err == context.DeadlineExceeded {
		// The Go client gives up by itself, at the same moment as the server.
		err = status.Error(codes.DeadlineExceeded, err.Error())
	}
	return expect.check(status.Convert(err), response.data)
}

func (e expectation) check(got *status.Status, payload []byte) error {
	if got.Code().String() != e.code {
		return fmt.Errorf("code %v (%v), want %v", got.Code(), got.Message(), e.code)
	}
	if !strings.Contains(got.Message(), e.message) {
		return fmt.Errorf("message %q, want %q in it", got.Message(), e.message)
	}
	if e.reason != "" || e.domain != "" {
		var info *errdetails.ErrorInfo
		for _, detail := range got.Details() {
			if found, ok := detail.(*errdetails.ErrorInfo); ok {
				info = found
			}
		}
		if info == nil {
			return fmt.Errorf("no ErrorInfo among %v", got.Details())
		}
		if e.reason != "" && info.Reason != e.reason {
			return fmt.Errorf("reason %q, want %q", info.Reason, e.reason)
		}
		if e.domain != "" && info.Domain != e.domain {
			return fmt.Errorf("domain %q, want %q", info.Domain, e.domain)
		}
	}
	if e.payload != nil && hex.EncodeToString(payload) != *e.payload {
		return fmt.Errorf("payload %x, want %s", payload, *e.payload)
	}
	return nil
}
