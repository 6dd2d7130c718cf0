#include "peer.h"

#include <stdlib.h>
#include <string.h>

const ch2_limits peer_limits = {
    .streams = 100,
    .stream_window_bytes = 1000,
    .connection_window_bytes = 100000,
    .header_bytes = 2000,
    .resets_at_once = 50,
    .resets_a_second = 1,
    .waiting_acknowledgements = 20,
};

static size_t slot(int32_t id) { return (size_t)(id / 2) % PEER_STREAMS; }

static ssize_t give_body(nghttp2_session *wire, int32_t id, uint8_t *into, size_t capacity, uint32_t *flags,
                         nghttp2_data_source *source, void *context) {
  (void)wire;
  (void)id;
  const peer *peer = context;
  size_t *left = source->ptr;
  size_t count = *left < capacity ? *left : capacity;
  memset(into, 0, count);
  *left -= count;
  if (*left > 0) return (ssize_t)count;
  if (!peer->keeps_open) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
  } else if (count == 0) {
    return NGHTTP2_ERR_DEFERRED;
  }
  return (ssize_t)count;
}

static int on_header(nghttp2_session *wire, const nghttp2_frame *frame, const uint8_t *name, size_t name_count,
                     const uint8_t *value, size_t value_count, uint8_t flags, void *context) {
  (void)wire;
  (void)flags;
  peer *peer = context;
  if (name_count == 7 && memcmp(name, ":status", 7) == 0 && value_count == 3) {
    memcpy(peer->streams[slot(frame->hd.stream_id)].status, value, 3);
  } else if (name_count == 11 && memcmp(name, "grpc-status", 11) == 0 && value_count < 64) {
    memcpy(peer->streams[slot(frame->hd.stream_id)].trailer, value, value_count);
  }
  return 0;
}

static int on_data(nghttp2_session *wire, uint8_t flags, int32_t id, const uint8_t *bytes, size_t count,
                   void *context) {
  (void)wire;
  (void)flags;
  (void)bytes;
  ((peer *)context)->streams[slot(id)].body_bytes += count;
  return 0;
}

static int on_close(nghttp2_session *wire, int32_t id, uint32_t code, void *context) {
  (void)wire;
  peer *peer = context;
  peer->streams[slot(id)].is_closed = true;
  peer->streams[slot(id)].close_code = code;
  return 0;
}

static int on_frame(nghttp2_session *wire, const nghttp2_frame *frame, void *context) {
  (void)wire;
  peer *peer = context;
  if (frame->hd.type == NGHTTP2_RST_STREAM) peer->streams[slot(frame->hd.stream_id)].resets++;
  if (frame->hd.type != NGHTTP2_GOAWAY) return 0;
  peer->has_goaway = true;
  peer->goaway_code = frame->goaway.error_code;
  peer->goaway_last = frame->goaway.last_stream_id;
  size_t count = frame->goaway.opaque_data_len < 63 ? frame->goaway.opaque_data_len : 63;
  if (count > 0) memcpy(peer->goaway_text, frame->goaway.opaque_data, count);
  return 0;
}

void peer_open(peer *it, const ch2_limits *limits) {
  memset(it, 0, sizeof *it);
  it->server = ch2_new(limits);
  it->server_goes_on = true;
  nghttp2_session_callbacks *callbacks;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
  nghttp2_session_client_new(&it->wire, callbacks, it);
  nghttp2_session_callbacks_del(callbacks);
  nghttp2_submit_settings(it->wire, NGHTTP2_FLAG_NONE, NULL, 0);
}

void peer_close(peer *peer) {
  ch2_free(peer->server);
  nghttp2_session_del(peer->wire);
}

int32_t peer_request(peer *peer, const char *path, size_t body_bytes, bool keeps_open) {
  const nghttp2_nv fields[] = {
      {(uint8_t *)":method", (uint8_t *)"POST", 7, 4, NGHTTP2_NV_FLAG_NONE},
      {(uint8_t *)":scheme", (uint8_t *)"http", 7, 4, NGHTTP2_NV_FLAG_NONE},
      {(uint8_t *)":path", (uint8_t *)(uintptr_t)path, 5, strlen(path), NGHTTP2_NV_FLAG_NONE},
      {(uint8_t *)":authority", (uint8_t *)"a", 10, 1, NGHTTP2_NV_FLAG_NONE},
      {(uint8_t *)"te", (uint8_t *)"trailers", 2, 8, NGHTTP2_NV_FLAG_NONE},
      {(uint8_t *)"content-length", (uint8_t *)peer->content_length, 14, strlen(peer->content_length),
       NGHTTP2_NV_FLAG_NONE},
  };
  size_t count = sizeof fields / sizeof *fields - (peer->content_length[0] == 0 ? 1 : 0);
  peer->body_bytes = body_bytes;
  peer->keeps_open = keeps_open;
  nghttp2_data_provider provider = {.source = {.ptr = &peer->body_bytes}, .read_callback = give_body};
  return nghttp2_submit_request(peer->wire, NULL, fields, count, &provider, NULL);
}

bool peer_raw(peer *peer, const uint8_t *bytes, size_t count) {
  size_t most = peer->piece_bytes > 0 ? peer->piece_bytes : count;
  for (size_t at = 0; at < count; at += most) {
    size_t piece = count - at < most ? count - at : most;
    peer->server_goes_on = ch2_receive(peer->server, bytes + at, piece) && peer->server_goes_on;
  }
  return peer->server_goes_on;
}

size_t peer_frame(uint8_t *into, uint8_t type, uint8_t flags, int32_t id, const char *payload, size_t count) {
  const uint8_t head[PEER_HEAD_BYTES] = {
      0, (uint8_t)(count >> 8), (uint8_t)count, type, flags, 0, 0, (uint8_t)(id >> 8), (uint8_t)id};
  memcpy(into, head, sizeof head);
  if (count > 0) memcpy(into + sizeof head, payload, count);
  return sizeof head + count;
}

bool peer_say(peer *peer, uint8_t type, uint8_t flags, int32_t id, const char *payload, size_t count) {
  uint8_t frame[PEER_HEAD_BYTES + PEER_PAYLOAD_BYTES];
  return peer_raw(peer, frame, peer_frame(frame, type, flags, id, payload, count));
}

bool peer_push(peer *peer) {
  bool has_moved = false;
  const uint8_t *bytes;
  for (ssize_t count; (count = nghttp2_session_mem_send(peer->wire, &bytes)) > 0; has_moved = true) {
    peer_raw(peer, bytes, (size_t)count);
  }
  return has_moved;
}

bool peer_exchange_once(peer *peer) {
  bool has_moved = peer_push(peer);
  // A small buffer, so that frames are cut.
  uint8_t chunk[100];
  for (size_t count; (count = ch2_send(peer->server, chunk, sizeof chunk)) > 0;) {
    if (nghttp2_session_mem_recv(peer->wire, chunk, count) < 0) break;
    has_moved = true;
  }
  return has_moved;
}

void peer_exchange(peer *peer) {
  while (peer_exchange_once(peer)) {
  }
}

ch2_stream *peer_news(peer *peer, uint32_t *news) {
  uint32_t more = 0;
  ch2_stream *stream = ch2_next(peer->server, news);
  return ch2_next(peer->server, &more) == NULL ? stream : NULL;
}

ch2_stream *peer_begun(peer *peer, size_t body_bytes, bool keeps_open, uint32_t *news) {
  peer_exchange(peer);
  peer_request(peer, "/a.v1.S/M", body_bytes, keeps_open);
  peer_push(peer);
  return peer_news(peer, news);
}
