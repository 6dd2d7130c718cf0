package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const (
	frameHeaderBytes = 10
	maximumFrame     = 4 << 20

	typeRequest  = 1
	typeResponse = 2
	typeData     = 3

	flagRemoteClosed = 0x01
	flagNoData       = 0x04
)

type frame struct {
	stream uint32
	kind   byte
	flags  byte
	data   []byte
}

// ttrpcConnection speaks frames itself: the client that Debian has knows no streams.
type ttrpcConnection struct {
	socket net.Conn
	last   uint32
	frames chan frame
	// Closed when the socket gives no more; then `err` says why.
	ended chan struct{}
	err   error
	done  chan struct{}
}

func newTTRPC(socket net.Conn) *ttrpcConnection {
	c := &ttrpcConnection{
		socket: socket, frames: make(chan frame), ended: make(chan struct{}), done: make(chan struct{})}
	go c.read()
	return c
}

func dialTTRPC(at place) (connection, error) {
	socket, err := at.connect(at.ttrpc)
	if err != nil {
		return nil, err
	}
	c := newTTRPC(socket)
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	_, err = c.call(ctx, "latchkey.v1.AuthService/Authenticate", message{}.text(2, "apiKey", at.apiKey))
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *ttrpcConnection) read() {
	defer close(c.ended)
	for {
		var header [frameHeaderBytes]byte
		if _, c.err = io.ReadFull(c.socket, header[:]); c.err != nil {
			return
		}
		length := binary.BigEndian.Uint32(header[:])
		if length > maximumFrame {
			c.err = fmt.Errorf("a frame of %d bytes", length)
			return
		}
		data := make([]byte, length)
		if _, c.err = io.ReadFull(c.socket, data); c.err != nil {
			return
		}
		select {
		case c.frames <- frame{binary.BigEndian.Uint32(header[4:]), header[8], header[9], data}:
		case <-c.done:
			return
		}
	}
}

func (c *ttrpcConnection) write(f frame) error {
	bytes := binary.BigEndian.AppendUint32(nil, uint32(len(f.data)))
	bytes = append(binary.BigEndian.AppendUint32(bytes, f.stream), f.kind, f.flags)
	_, err := c.socket.Write(append(bytes, f.data...))
	return err
}

// request sends one and gives its stream id.
func (c *ttrpcConnection) request(ctx context.Context, method string, request message, flags byte) (uint32, error) {
	if c.last == 0 {
		c.last = 1
	} else {
		c.last += 2
	}
	service, name, _ := strings.Cut(method, "/")
	envelope := message{}.text(1, "", service).text(2, "", name).inner(3, "", request)
	if deadline, has := ctx.Deadline(); has {
		envelope = envelope.integer(4, "", int64(time.Until(deadline)))
	}
	return c.last, c.write(frame{c.last, typeRequest, flags, envelope.binary})
}

// next gives the next frame of a stream. What comes on others was given up.
func (c *ttrpcConnection) next(ctx context.Context, stream uint32) (frame, error) {
	for {
		select {
		case f := <-c.frames:
			if f.stream == stream {
				return f, nil
			}
		case <-c.ended:
			return frame{}, c.err
		case <-ctx.Done():
			return frame{}, ctx.Err()
		}
	}
}

func (c *ttrpcConnection) call(ctx context.Context, method string, request message) ([]byte, error) {
	stream, err := c.request(ctx, method, request, 0)
	if err != nil {
		return nil, err
	}
	f, err := c.next(ctx, stream)
	if err != nil {
		return nil, err
	}
	return response(f)
}

// response reads the payload of a response, or its status as a refusal.
func response(f frame) ([]byte, error) {
	if f.kind != typeResponse {
		return nil, fmt.Errorf("a frame of type %d where a response is due", f.kind)
	}
	status, err := find(f.data, 1)
	if err != nil {
		return nil, err
	}
	code, err := find(status.bytes, 1)
	if err != nil {
		return nil, err
	}
	if code.integer != 0 {
		text, _ := find(status.bytes, 2)
		return nil, refusal{int(code.integer), string(text.bytes)}
	}
	payload, err := find(f.data, 2)
	return payload.bytes, err
}

func (c *ttrpcConnection) stream(
	ctx context.Context, method string, request message, each func([]byte) bool,
) error {
	// What ends by being given up has no deadline.
	stream, err := c.request(context.Background(), method, request, flagRemoteClosed)
	if err != nil {
		return err
	}
	for {
		f, err := c.next(ctx, stream)
		if ctx.Err() != nil {
			return c.giveUp(stream)
		}
		if err != nil {
			return err
		}
		if f.kind != typeData || f.flags&flagNoData != 0 {
			_, err = response(f)
			return fmt.Errorf("the stream has ended: %w", err)
		}
		if !each(f.data) {
			return c.giveUp(stream)
		}
	}
}

// giveUp cancels a stream, and waits for the server to say so.
func (c *ttrpcConnection) giveUp(stream uint32) error {
	if err := c.write(frame{stream, typeData, flagRemoteClosed | flagNoData, nil}); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	for {
		f, err := c.next(ctx, stream)
		if err != nil {
			return err
		}
		if f.kind == typeData {
			continue
		}
		_, err = response(f)
		if refused, is := err.(refusal); is && refused.code == codeCancelled {
			return nil
		}
		return fmt.Errorf("a stream given up has ended otherwise: %w", err)
	}
}

func (c *ttrpcConnection) close() {
	close(c.done)
	c.socket.Close()
}

func (c *ttrpcConnection) drop() { c.close() }
