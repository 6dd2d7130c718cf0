// An echo server on containerd's own Go implementation of ttrpc, version 1.1.1 as Debian packages it: the
// peer that Latchkey's ttrpc is measured against. Listens on a port of 127.0.0.1 that the system chooses and
// prints it.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build .
package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"os"

	"github.com/containerd/ttrpc"
	"github.com/gogo/protobuf/proto"
)

// raw is a message that is its bytes: nothing is decoded, which is to this server's advantage.
type raw struct{ data []byte }

func (r *raw) Reset()                   { r.data = nil }
func (r *raw) String() string           { return hex.EncodeToString(r.data) }
func (*raw) ProtoMessage()              {}
func (r *raw) Marshal() ([]byte, error) { return r.data, nil }
func (r *raw) Unmarshal(b []byte) error { r.data = append([]byte(nil), b...); return nil }

var _ proto.Message = (*raw)(nil)

func echo(_ context.Context, unmarshal func(interface{}) error) (interface{}, error) {
	var request raw
	if err := unmarshal(&request); err != nil {
		return nil, err
	}
	return &request, nil
}

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
}

func serve() error {
	server, err := ttrpc.NewServer()
	if err != nil {
		return err
	}
	// One handler by the names that the Swift server has: Go has one way to run them.
	server.Register("bench.Echo", map[string]ttrpc.Method{"Admit": echo, "Async": echo, "Loop": echo})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	return server.Serve(context.Background(), listener)
}
