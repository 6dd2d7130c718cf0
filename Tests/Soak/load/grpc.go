package main

import (
	"context"
	"io"
	"net"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// bytesCodec leaves messages as they are.
type bytesCodec struct{}

func (bytesCodec) Marshal(v interface{}) ([]byte, error) { return *v.(*[]byte), nil }
func (bytesCodec) Unmarshal(data []byte, v interface{}) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}
func (bytesCodec) Name() string { return "proto" }

type grpcConnection struct {
	client *grpc.ClientConn
	apiKey string
	mutex  sync.Mutex
	socket net.Conn
}

func dialGRPC(at place) (connection, error) {
	c := &grpcConnection{apiKey: at.apiKey}
	options := []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.ForceCodec(bytesCodec{})),
		grpc.WithContextDialer(func(_ context.Context, address string) (net.Conn, error) {
			socket, err := net.DialTimeout("tcp", address, dialTimeout)
			c.mutex.Lock()
			defer c.mutex.Unlock()
			c.socket = socket
			return socket, err
		}),
	}
	if at.roots == nil {
		options = append(options, grpc.WithInsecure())
	} else {
		options = append(options, grpc.WithTransportCredentials(credentials.NewTLS(at.tls())))
	}
	client, err := grpc.Dial(at.http, options...)
	c.client = client
	return c, err
}

func (c *grpcConnection) authorized(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+c.apiKey)
}

func (c *grpcConnection) call(ctx context.Context, method string, request message) ([]byte, error) {
	var answer []byte
	err := c.client.Invoke(c.authorized(ctx), "/"+method, &request.binary, &answer)
	return answer, asRefusal(err)
}

func (c *grpcConnection) stream(
	ctx context.Context, method string, request message, each func([]byte) bool,
) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.client.NewStream(c.authorized(ctx), &grpc.StreamDesc{ServerStreams: true}, "/"+method)
	if err == nil {
		err = stream.SendMsg(&request.binary)
	}
	if err == nil {
		err = stream.CloseSend()
	}
	for err == nil {
		var answer []byte
		if err = stream.RecvMsg(&answer); err == nil && !each(answer) {
			return nil
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return asRefusal(err)
}

// asRefusal tells what the server says from what befell the connection.
func asRefusal(err error) error {
	said, is := status.FromError(err)
	if err == nil || !is || said.Code() == codes.Unavailable {
		return err
	}
	return refusal{int(said.Code()), said.Message()}
}

func (c *grpcConnection) close() { c.client.Close() }

func (c *grpcConnection) drop() {
	c.mutex.Lock()
	if c.socket != nil {
		c.socket.Close()
	}
	c.mutex.Unlock()
	c.client.Close()
}
