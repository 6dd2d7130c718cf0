package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"strconv"
)

const envelopeHeaderBytes = 5

// enveloped puts a message, not compressed, behind its header, as gRPC, gRPC-Web and Connect's streams do.
func enveloped(body []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(body))), body...)
}

func readEnvelope(response *http.Response) (flags byte, body []byte, err error) {
	if response.StatusCode != http.StatusOK {
		return 0, nil, fmt.Errorf("HTTP status %d", response.StatusCode)
	}
	var header [envelopeHeaderBytes]byte
	if _, err := io.ReadFull(response.Body, header[:]); err != nil {
		return 0, nil, err
	}
	length := binary.BigEndian.Uint32(header[1:])
	if length > maximumFrame {
		return 0, nil, fmt.Errorf("an envelope of %d bytes", length)
	}
	body = make([]byte, length)
	_, err = io.ReadFull(response.Body, body)
	return header[0], body, err
}

// gRPC-Web, in binary.
type grpcWeb struct{}

var webDialect = grpcWeb{}

// webTrailers flags the envelope that holds the trailers.
const webTrailers = 0x80

func (grpcWeb) request(request message, _ bool) (string, []byte) {
	return "application/grpc-web+proto", enveloped(request.binary)
}

func (d grpcWeb) answer(response *http.Response) ([]byte, error) {
	message, err := d.next(response)
	if err != nil {
		return nil, err
	}
	if _, err = d.next(response); err != io.EOF {
		return nil, fmt.Errorf("an answer has not ended after its message: %w", err)
	}
	// Only a connection whose answer was read to its end is used again.
	_, err = io.Copy(io.Discard, response.Body)
	return message, err
}

// next gives io.EOF where all went well.
func (grpcWeb) next(response *http.Response) ([]byte, error) {
	flags, body, err := readEnvelope(response)
	if err != nil || flags == 0 {
		return body, err
	}
	if flags != webTrailers {
		return nil, fmt.Errorf("an envelope with flags %#x", flags)
	}
	trailers, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(body, "\r\n"...)))).ReadMIMEHeader()
	if err != nil {
		return nil, err
	}
	code, err := strconv.Atoi(trailers.Get("grpc-status"))
	switch {
	case err != nil:
		return nil, err
	case code == 0:
		return nil, io.EOF
	default:
		return nil, refusal{code, trailers.Get("grpc-message")}
	}
}
