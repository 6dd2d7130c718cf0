#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

/// What a field costs beside its bytes: RFC 9113, 6.5.2.
enum { FIELD_OVERHEAD = 32 };

void note(ch2_stream *stream, ch2_news news) {
  stream->news |= (uint32_t)news;
  if (stream->is_queued) return;
  ch2_session *session = stream->session;
  stream->is_queued = true;
  stream->next_with_news = NULL;
  if (session->last_with_news != NULL) {
    session->last_with_news->next_with_news = stream;
  } else {
    session->first_with_news = stream;
  }
  session->last_with_news = stream;
}

static int or_fail(int code) { return code == 0 ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE; }

static ch2_stream *find(nghttp2_session *wire, int32_t id) {
  return nghttp2_session_get_stream_user_data(wire, id);
}

/// A stream for which there is no memory is refused; the connection goes on.
static int on_begin_headers(nghttp2_session *wire, const nghttp2_frame *frame, void *context) {
  ch2_session *session = context;
  if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  ch2_stream *stream = malloc(sizeof *stream);
  if (stream == NULL) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  memset(stream, 0, offsetof(ch2_stream, usual_head));
  memset(&stream->id, 0, sizeof *stream - offsetof(ch2_stream, id));
  buffer_init(&stream->head, stream->usual_head, sizeof stream->usual_head);
  buffer_init(&stream->body, stream->usual_body, sizeof stream->usual_body);
  buffer_init(&stream->out, stream->usual_out, sizeof stream->usual_out);
  stream->session = session;
  stream->id = frame->hd.stream_id;
  stream->after = session->streams;
  if (session->streams != NULL) session->streams->before = stream;
  session->streams = stream;
  nghttp2_session_set_stream_user_data(wire, stream->id, stream);
  return 0;
}

/// Keeps a field: its lengths, name and value.
static bool keep_field(ch2_stream *stream, ch2_bytes name, ch2_bytes value) {
  const uint32_t lengths[] = {(uint32_t)name.count, (uint32_t)value.count};
  uint8_t *place = buffer_extend(&stream->head, sizeof lengths + name.count + value.count);
  if (place == NULL) return false;
  memcpy(place, lengths, sizeof lengths);
  memcpy(place + sizeof lengths, name.start, name.count);
  memcpy(place + sizeof lengths + name.count, value.start, value.count);
  return true;
}

static int on_header(nghttp2_session *wire, const nghttp2_frame *frame, const uint8_t *name, size_t name_count,
                     const uint8_t *value, size_t value_count, uint8_t flags, void *context) {
  (void)flags;
  const ch2_session *session = context;
  ch2_stream *stream = find(wire, frame->hd.stream_id);
  // Trailers of requests say nothing that anybody asks for. They count all the same.
  if (stream == NULL || stream->is_oversized) return 0;
  stream->header_bytes += name_count + value_count + FIELD_OVERHEAD;
  stream->is_oversized = stream->header_bytes > session->limits.header_bytes;
  if (stream->is_head_complete && stream->is_oversized) {
    // Nobody hears of these fields, nor that the request is complete with them.
    ch2_reset(stream, CH2_ENHANCE_YOUR_CALM);
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  if (stream->is_head_complete || stream->is_oversized) return 0;
  bool is_kept = keep_field(stream, (ch2_bytes){name, name_count}, (ch2_bytes){value, value_count});
  return is_kept ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int on_frame(nghttp2_session *wire, const nghttp2_frame *frame, void *context) {
  ch2_session *session = context;
  if (frame->hd.type == NGHTTP2_PING) {
    uint64_t *count = (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0 ? &session->pongs : &session->pings;
    (*count)++;
    return 0;
  }
  if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
  ch2_stream *stream = find(wire, frame->hd.stream_id);
  if (stream == NULL) return 0;
  if (frame->hd.type == NGHTTP2_HEADERS && !stream->is_head_complete) {
    stream->is_head_complete = true;
    note(stream, CH2_REQUEST);
  }
  if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) note(stream, CH2_END);
  return 0;
}

/// Bytes that nobody waits for: the peer may send as much again, to others. RFC 9113, 8.1: a peer that has the whole
/// answer may be told to stop. Not at once: it would not hear what is wrong with the rest of its request.
static int pass_over(nghttp2_session *wire, ch2_stream *stream, int32_t id, size_t count) {
  if (stream != NULL && stream->is_answer_sent) {
    stream->unwanted += count;
    if (stream->unwanted > UNWANTED_BYTES) ch2_reset(stream, CH2_NO_ERROR);
  }
  return or_fail(nghttp2_session_consume(wire, id, count));
}

static int on_data(nghttp2_session *wire, uint8_t flags, int32_t id, const uint8_t *bytes, size_t count,
                   void *context) {
  (void)flags;
  (void)context;
  ch2_stream *stream = find(wire, id);
  if (stream == NULL || stream->has_finished) return pass_over(wire, stream, id, count);
  ch2_give_back(stream);
  if (!buffer_append(&stream->body, bytes, count)) return NGHTTP2_ERR_CALLBACK_FAILURE;
  stream->owed += count;
  if (count > 0) note(stream, CH2_BODY);
  return 0;
}

/// A stream is reset once. nghttp2 forgets that it was to be while the answer's head is on its way, and then takes what
/// the peer does wrong, or what we end, for another reason.
static int before_frame(nghttp2_session *wire, const nghttp2_frame *frame, void *context) {
  (void)wire;
  if (frame->hd.type != NGHTTP2_RST_STREAM) return 0;
  ch2_session *session = context;
  int32_t id = frame->hd.stream_id;
  int32_t *reset = &session->reset[(uint32_t)id / 2 % REMEMBERED_RESETS];
  if (*reset == id) return NGHTTP2_ERR_CANCEL;
  *reset = id;
  return 0;
}

static int on_frame_sent(nghttp2_session *wire, const nghttp2_frame *frame, void *context) {
  ch2_session *session = context;
  if (frame->hd.type == NGHTTP2_RST_STREAM) {
    bool is_of_ours = frame->rst_stream.error_code == NGHTTP2_NO_ERROR;
    if (!is_of_ours) session->resets_sent++;
    return 0;
  }
  if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
  session->frames_sent++;
  if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
  ch2_stream *stream = find(wire, frame->hd.stream_id);
  if (stream == NULL) return 0;
  stream->is_answer_sent = true;
  if (!stream->is_to_stop) return 0;
  bool is_request_complete = nghttp2_session_get_stream_remote_close(wire, stream->id) == 1;
  if (!is_request_complete) ch2_reset(stream, CH2_NO_ERROR);
  return 0;
}

/// An answer that cannot be sent, because its fields are too many, ends its stream: somebody waits for it.
static int on_frame_not_sent(nghttp2_session *wire, const nghttp2_frame *frame, int code, void *context) {
  (void)code;
  (void)context;
  if (frame->hd.type != NGHTTP2_HEADERS || find(wire, frame->hd.stream_id) == NULL) return 0;
  return nghttp2_submit_rst_stream(wire, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_INTERNAL_ERROR);
}

static int on_stream_close(nghttp2_session *wire, int32_t id, uint32_t code, void *context) {
  (void)code;
  (void)context;
  ch2_stream *stream = find(wire, id);
  if (stream == NULL) return 0;
  stream->is_closed = true;
  note(stream, CH2_CLOSED);
  // Its share of the connection's window is free again.
  size_t owed = stream->owed;
  stream->owed = 0;
  stream->session->waiting -= stream->out.count;
  buffer_free(&stream->body);
  buffer_free(&stream->out);
  return or_fail(nghttp2_session_consume_connection(wire, owed));
}

void set_callbacks(nghttp2_session_callbacks *callbacks) {
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_before_frame_send_callback(callbacks, before_frame);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_sent);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, on_frame_not_sent);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
}

ssize_t read_answer(nghttp2_session *wire, int32_t id, uint8_t *into, size_t capacity, uint32_t *flags,
                    nghttp2_data_source *source, void *context) {
  (void)context;
  ch2_stream *stream = source->ptr;
  size_t count = stream->out.count < capacity ? stream->out.count : capacity;
  if (count > 0) {
    memcpy(into, buffer_bytes(&stream->out), count);
    buffer_drop(&stream->out, count);
    stream->session->waiting -= count;
    stream->session->bytes_sent += count;
    if (stream->wants_room && stream->out.count <= stream->room_mark) {
      stream->wants_room = false;
      note(stream, CH2_ROOM);
    }
  }
  if (stream->out.count > 0) return (ssize_t)count;
  if (!stream->has_finished) {
    stream->is_deferred = count == 0;
    return count > 0 ? (ssize_t)count : NGHTTP2_ERR_DEFERRED;
  }
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (stream->trailer_count == 0) return (ssize_t)count;
  *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  if (nghttp2_submit_trailer(wire, id, stream->trailers, stream->trailer_count) != 0) {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  return (ssize_t)count;
}
