// An echo server on grpc-go 1.33, as Debian packages it: a peer that Latchkey's gRPC is measured against. Listens on a
// port of 127.0.0.1 that the system chooses and prints it. Given a certificate and its key, it speaks TLS 1.3.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build .
package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"

	"github.com/golang/protobuf/ptypes/wrappers"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

func echo(
	_ interface{}, _ context.Context, decode func(interface{}) error, _ grpc.UnaryServerInterceptor,
) (interface{}, error) {
	request := new(wrappers.BytesValue)
	if err := decode(request); err != nil {
		return nil, err
	}
	return &wrappers.BytesValue{Value: request.Value}, nil
}

// repeat sends its request until the caller has enough.
func repeat(_ interface{}, stream grpc.ServerStream) error {
	request := new(wrappers.BytesValue)
	if err := stream.RecvMsg(request); err != nil {
		return err
	}
	for {
		if err := stream.SendMsg(&wrappers.BytesValue{Value: request.Value}); err != nil {
			return err
		}
	}
}

var service = grpc.ServiceDesc{
	ServiceName: "bench.Echo",
	HandlerType: (*interface{})(nil),
	Methods:     []grpc.MethodDesc{{MethodName: "Async", Handler: echo}},
	Streams:     []grpc.StreamDesc{{StreamName: "Repeat", Handler: repeat, ServerStreams: true}},
}

func main() {
	if err := serve(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
}

func serve(arguments []string) error {
	var options []grpc.ServerOption
	switch len(arguments) {
	case 0:
	case 2:
		pair, err := tls.LoadX509KeyPair(arguments[0], arguments[1])
		if err != nil {
			return err
		}
		options = append(options, grpc.Creds(credentials.NewTLS(
			&tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13})))
	default:
		return fmt.Errorf("usage: %s [CERTIFICATE KEY]", os.Args[0])
	}
	server := grpc.NewServer(options...)
	server.RegisterService(&service, struct{}{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	return server.Serve(listener)
}
