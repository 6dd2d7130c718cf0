/// http2.h — a client's end of gRPC over HTTP/2, on nghttp2: the same for every server that is measured. What is not
/// as it should be ends the program.
#ifndef BENCH_HTTP2_H
#define BENCH_HTTP2_H

#include <nghttp2/nghttp2.h>

#include "wire.h"

enum { GRPC_PREFIX_BYTES = 5 };

struct http2;

/// A call on its way. All zero before it is made; it stays where it is until it is over.
typedef struct call {
  /// A gRPC frame, its owner's.
  span request;
  size_t sent;
  /// 0 until the head of the answer has come.
  int http_status;
  /// -1 until its trailers have come.
  int grpc_status;
  bool is_over;
  /// What its owner likes.
  void *context;
} call;

/// A connection. Its owner sets `on_body` after opening, if it wants an answer's bytes.
typedef struct http2 {
  int descriptor;
  /// An `SSL *`, or NULL in plain text.
  void *tls;
  nghttp2_session *session;
  char authority[32];
  buffer out;
  void (*on_body)(call *call, span bytes);
} http2;

/// Connects, from a loopback address that `number` gives, and says hello. `tls` is what `tls_trusting` gave, or NULL.
void http2_open(http2 *http2, unsigned number, uint16_t port, void *tls);

/// Queues a call; `http2_flush` sends it. With a deadline unless it is a stream.
void http2_call(http2 *http2, call *call, const char *path, bool is_stream, span request);

/// Writes what is queued; waits where the socket is full.
void http2_flush(http2 *http2);

/// Reads once, waiting for it, and hands on what has come.
void http2_read(http2 *http2);

/// Reads until the call is over, and ends the program unless it went well.
void http2_await(http2 *http2, const call *call);

/// Ends the program if the call's answer is a failure.
void call_check(const call *call);

/// Appends a gRPC frame.
void put_grpc_frame(buffer *out, span message);

/// Appends the frame of a google.protobuf.BytesValue with so many bytes.
void put_echo_frame(buffer *out, size_t bytes);

#endif
