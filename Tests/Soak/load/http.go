package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/net/http2"
)

// dialect is how a protocol writes its calls as HTTP's requests and answers.
type dialect interface {
	// fields and body of a request.
	request(request message, isStream bool) (contentType string, body []byte)
	// answer reads a unary one.
	answer(*http.Response) ([]byte, error)
	// next reads a stream's next message; what ends the stream is an error.
	next(*http.Response) ([]byte, error)
}

type httpConnection struct {
	dialect
	client  *http.Client
	base    string
	apiKey  string
	mutex   sync.Mutex
	sockets []net.Conn
}

// overHTTP gives what dials in a version of HTTP, 1 or 2.
func overHTTP(spoken dialect, version int) func(place) (connection, error) {
	return func(at place) (connection, error) {
		c := &httpConnection{dialect: spoken, base: "http://" + at.http + "/", apiKey: at.apiKey}
		if at.roots != nil {
			c.base = "https://" + at.http + "/"
		}
		protocol := map[int]string{1: "http/1.1", 2: "h2"}[version]
		dial := func(_, address string) (net.Conn, error) {
			socket, err := at.connect(address, protocol)
			if err == nil {
				c.mutex.Lock()
				c.sockets = append(c.sockets, socket)
				c.mutex.Unlock()
			}
			return socket, err
		}
		if version == 1 {
			c.client = &http.Client{Transport: &http.Transport{Dial: dial, DialTLS: dial}}
		} else {
			c.client = &http.Client{Transport: &http2.Transport{
				AllowHTTP: true,
				DialTLS:   func(network, address string, _ *tls.Config) (net.Conn, error) { return dial(network, address) },
			}}
		}
		return c, nil
	}
}

func (c *httpConnection) post(
	ctx context.Context, method string, request message, isStream bool,
) (*http.Response, error) {
	contentType, body := c.request(request, isStream)
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+method, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	post.Header.Set("content-type", contentType)
	post.Header.Set("connect-protocol-version", "1")
	post.Header.Set("authorization", "Bearer "+c.apiKey)
	if deadline, has := ctx.Deadline(); has {
		left := time.Until(deadline).Milliseconds()
		post.Header.Set("connect-timeout-ms", fmt.Sprint(left))
		post.Header.Set("grpc-timeout", fmt.Sprintf("%dm", left))
	}
	return c.client.Do(post)
}

func (c *httpConnection) call(ctx context.Context, method string, request message) ([]byte, error) {
	response, err := c.post(ctx, method, request, false)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return c.answer(response)
}

func (c *httpConnection) stream(
	ctx context.Context, method string, request message, each func([]byte) bool,
) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	response, err := c.post(ctx, method, request, true)
	if err == nil {
		defer response.Body.Close()
	}
	for err == nil {
		var answer []byte
		if answer, err = c.next(response); err == nil && !each(answer) {
			return nil
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("the stream has ended: %w", err)
}

func (c *httpConnection) close() {
	c.client.CloseIdleConnections()
	c.drop()
}

func (c *httpConnection) drop() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, socket := range c.sockets {
		socket.Close()
	}
}

// MARK: Connect

type connectDialect struct{ isJSON bool }

func (d connectDialect) encoded(request message) (string, []byte) {
	if d.isJSON {
		return "json", request.inJSON()
	}
	return "proto", request.binary
}

func (d connectDialect) request(request message, isStream bool) (string, []byte) {
	codec, body := d.encoded(request)
	if isStream {
		return "application/connect+" + codec, enveloped(body)
	}
	return "application/" + codec, body
}

func (d connectDialect) answer(response *http.Response) ([]byte, error) {
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode == http.StatusOK {
		return body, err
	}
	return nil, connectRefusal(body)
}

// connectEnd flags a stream's last envelope.
const connectEnd = 0x02

func (d connectDialect) next(response *http.Response) ([]byte, error) {
	flags, body, err := readEnvelope(response)
	if err != nil || flags == 0 {
		return body, err
	}
	var end struct {
		Error json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(body, &end); err != nil {
		return nil, err
	}
	if flags != connectEnd || end.Error == nil {
		return nil, io.EOF
	}
	return nil, connectRefusal(end.Error)
}

func connectRefusal(body []byte) error {
	var said struct{ Code, Message string }
	if err := json.Unmarshal(body, &said); err != nil {
		return err
	}
	code, isKnown := map[string]int{"canceled": codeCancelled, "not_found": codeNotFound}[said.Code]
	if !isKnown {
		return fmt.Errorf("%s: %s", said.Code, said.Message)
	}
	return refusal{code, said.Message}
}
