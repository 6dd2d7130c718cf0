#include "http2.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dial.h"

/// Windows so wide that no server is measured by how it waits for credit.
enum { READ_BYTES = 256 << 10, STREAM_WINDOW_BYTES = 4 << 20, CONNECTION_WINDOW_BYTES = 64 << 20 };

static int take_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_length,
                       const uint8_t *value, size_t value_length, uint8_t flags, void *context) {
  (void)flags, (void)context;
  call *call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
  if (!call) return 0;
  char number[16] = {0};
  memcpy(number, value, value_length < sizeof number ? value_length : sizeof number - 1);
  if (name_length == 7 && !memcmp(name, ":status", 7)) call->http_status = atoi(number);
  if (name_length == 11 && !memcmp(name, "grpc-status", 11)) call->grpc_status = atoi(number);
  return 0;
}

static int take_body(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *bytes, size_t count,
                     void *context) {
  (void)flags;
  http2 *http2 = context;
  call *call = nghttp2_session_get_stream_user_data(session, stream);
  if (call && http2->on_body) http2->on_body(call, (span){bytes, count});
  return 0;
}

static int take_close(nghttp2_session *session, int32_t stream, uint32_t code, void *context) {
  (void)context;
  call *call = nghttp2_session_get_stream_user_data(session, stream);
  if (code != NGHTTP2_NO_ERROR) fail("a stream was reset: %s", nghttp2_http2_strerror(code));
  if (call) call->is_over = true;
  return 0;
}

static ssize_t give_request(nghttp2_session *session, int32_t stream, uint8_t *room, size_t size, uint32_t *flags,
                            nghttp2_data_source *source, void *context) {
  (void)session, (void)stream, (void)context;
  call *call = source->ptr;
  size_t left = call->request.length - call->sent;
  size_t count = left < size ? left : size;
  memcpy(room, call->request.bytes + call->sent, count);
  call->sent += count;
  if (count == left) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return (ssize_t)count;
}

void http2_open(http2 *http2, unsigned number, uint16_t port, void *tls) {
  *http2 = (struct http2){.descriptor = dial(number, port)};
  if (tls) http2->tls = tls_shake_hands(tls, http2->descriptor);
  snprintf(http2->authority, sizeof http2->authority, "127.0.0.1:%d", port);
  nghttp2_session_callbacks *callbacks;
  if (nghttp2_session_callbacks_new(&callbacks)) fail("no memory");
  nghttp2_session_callbacks_set_on_header_callback(callbacks, take_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, take_body);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, take_close);
  if (nghttp2_session_client_new(&http2->session, callbacks, http2)) fail("no memory");
  nghttp2_session_callbacks_del(callbacks);
  nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
                                       {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES}};
  if (nghttp2_submit_settings(http2->session, 0, settings, 2) ||
      nghttp2_session_set_local_window_size(http2->session, 0, 0, CONNECTION_WINDOW_BYTES)) {
    fail("no memory");
  }
  http2_flush(http2);
}

static nghttp2_nv field_of(const char *name, const char *value) {
  return (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value), NGHTTP2_NV_FLAG_NONE};
}

void http2_call(http2 *http2, call *call, const char *path, bool is_stream, span request) {
  *call = (struct call){.request = request, .grpc_status = -1, .context = call->context};
  nghttp2_nv fields[] = {
      field_of(":method", "POST"),
      field_of(":scheme", http2->tls ? "https" : "http"),
      field_of(":authority", http2->authority),
      field_of(":path", path),
      field_of("content-type", "application/grpc"),
      field_of("te", "trailers"),
      // What h2load is told to send, too.
      field_of("grpc-timeout", "10S"),
  };
  size_t count = sizeof fields / sizeof *fields - (is_stream ? 1 : 0);
  nghttp2_data_provider body = {.source.ptr = call, .read_callback = give_request};
  int32_t stream = nghttp2_submit_request(http2->session, NULL, fields, count, &body, call);
  if (stream < 0) fail("a request could not be made: %s", nghttp2_strerror(stream));
}

void http2_flush(http2 *http2) {
  const uint8_t *bytes;
  ssize_t count;
  while ((count = nghttp2_session_mem_send(http2->session, &bytes)) > 0) {
    buffer_append(&http2->out, bytes, (size_t)count);
  }
  if (count < 0) fail("nghttp2: %s", nghttp2_strerror((int)count));
  size_t done = 0;
  while (done < http2->out.length) {
    size_t left = http2->out.length - done;
    count = http2->tls ? SSL_write(http2->tls, http2->out.bytes + done, (int)left)
                       : write(http2->descriptor, http2->out.bytes + done, left);
    if (count <= 0) {
      if (!http2->tls && errno == EINTR) continue;
      fail("write: %s", strerror(errno));
    }
    done += (size_t)count;
  }
  http2->out.length = 0;
}

void http2_read(http2 *http2) {
  static uint8_t room[READ_BYTES];
  ssize_t count = http2->tls ? SSL_read(http2->tls, room, sizeof room) : read(http2->descriptor, room, sizeof room);
  if (count < 0 && !http2->tls && errno == EINTR) return;
  if (count <= 0) fail("the server has closed a connection");
  ssize_t taken = nghttp2_session_mem_recv(http2->session, room, (size_t)count);
  if (taken != count) fail("nghttp2: %s", nghttp2_strerror((int)taken));
  // The server may have said why it is about to close.
  if (!nghttp2_session_want_read(http2->session)) fail("the server has ended a connection");
}

void http2_await(http2 *http2, const call *call) {
  while (!call->is_over) {
    http2_read(http2);
    http2_flush(http2);
  }
  call_check(call);
}

void call_check(const call *call) {
  if (call->http_status != 200) fail("a call was answered with HTTP status %d", call->http_status);
  if (call->grpc_status != 0) fail("a call was answered with gRPC status %d", call->grpc_status);
}

void put_grpc_frame(buffer *out, span message) {
  uint32_t length = htonl((uint32_t)message.length);
  uint8_t is_compressed = 0;
  buffer_append(out, &is_compressed, 1);
  buffer_append(out, &length, 4);
  buffer_append(out, message.bytes, message.length);
}

void put_echo_frame(buffer *out, size_t bytes) {
  buffer message = {0};
  uint8_t *value = malloc(bytes + 1);
  for (size_t i = 0; i < bytes; i++) value[i] = (uint8_t)(i * 131 + 7);
  put_bytes(&message, 1, value, bytes);
  put_grpc_frame(out, (span){message.bytes, message.length});
  free(value);
  free(message.bytes);
}
